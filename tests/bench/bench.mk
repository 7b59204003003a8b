# SPDX-License-Identifier: GPL-2.0-only
# The benchmark, included by the Makefile: see tests/bench/run --help.

BENCH_BUILD    := $(BUILD)/tests/bench
BENCH_PROGRAMS := $(addprefix $(BENCH_BUILD)/,stopwatch calls attach drain lpm probe sockets adds)
BENCH_OBJECTS  := $(addprefix $(BENCH_BUILD)/,peers.bpf.o cgroup.bpf.o)
# BENCH=quick: small, in a separate directory.
BENCH_RESULTS  := $(BUILD)/bench$(if $(filter quick,$(BENCH)),/quick)
BENCH_PAGES    := $(if $(filter quick,$(BENCH)),$(BENCH_RESULTS),man)

$(BENCH_PROGRAMS): %: %.o $(COMMON)
	$(call say,LINK)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

$(BENCH_OBJECTS): $(BENCH_BUILD)/%.o: tests/bench/%.c tests/bench/lpm.bpf.h bpf/lsmctl.bpf.c $(wildcard bpf/*.h) Makefile
	$(call say,BPF)
	@mkdir -p $(@D)
	$(Q)$(CLANG) $(BPF_CFLAGS) -c -o $@ $<
	$(Q)$(STRIP) -g $@

.PHONY: bench bench-deps bench-programs bench-table
bench-programs: $(BENCH_PROGRAMS) $(BENCH_OBJECTS) $(BUILD)/tests/cli/pins

bench: $(BIN) bench-programs ## lsmctl and its peers: tables and plots in .build/bench; BENCH=quick: small; JUST=B1,B4: these rows
	$(Q)tests/bench/run $(if $(filter quick,$(BENCH)),--quick) --out $(BENCH_RESULTS) $(if $(LISTS),--lists $(LISTS)) \
		$(if $(JUST),--just $(JUST)) $(BENCH_OPTIONS)

bench-table: ## man/bench.md and man/bench.svg, of what make bench has measured
	$(Q)PYTHONDONTWRITEBYTECODE=1 python3 tests/bench/table.py $(BENCH_RESULTS) > $(BENCH_PAGES)/bench.md
	$(Q)PYTHONDONTWRITEBYTECODE=1 python3 tests/bench/plot.py $(BENCH_RESULTS) > $(BENCH_PAGES)/bench.svg

bench-deps: ## install the peers that the benchmark measures (Debian)
	$(Q)tests/deps --bench

-include $(BENCH_PROGRAMS:=.d)
