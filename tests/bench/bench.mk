# SPDX-License-Identifier: GPL-2.0-only
# The benchmark, included by the Makefile: see tests/bench/run --help.

BENCH          := $(BUILD)/tests/bench
BENCH_PROGRAMS := $(addprefix $(BENCH)/,stopwatch calls attach lpm probe)

$(BENCH_PROGRAMS): %: %.o $(COMMON)
	$(call say,LINK)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

$(BENCH)/peers.bpf.o: tests/bench/peers.bpf.c bpf/lsmctl.bpf.c $(wildcard bpf/*.h) Makefile
	$(call say,BPF)
	@mkdir -p $(@D)
	$(Q)$(CLANG) $(BPF_CFLAGS) -c -o $@ $<
	$(Q)$(STRIP) -g $@

.PHONY: bench bench-deps bench-programs
bench-programs: $(BENCH_PROGRAMS) $(BENCH)/peers.bpf.o $(BUILD)/tests/cli/pins

bench: $(BIN) bench-programs ## lsmctl and its peers with a million rules, a table of ratios; JUST=B1,B4: these rows
	$(Q)tests/bench/run $(if $(LISTS),--lists $(LISTS)) $(if $(JUST),--just $(JUST)) $(BENCH_OPTIONS)

bench-deps: ## install the peers that the benchmark measures (Debian)
	$(Q)tests/deps --bench

-include $(BENCH_PROGRAMS:=.d)
