# SPDX-License-Identifier: GPL-2.0-only
# `make deps demo` and `make deps test` do everything on a fresh Debian 12; `make help` names the rest.

VERSION := 0.1.0
BUILD   := .build
BIN     := lsmctl
MACHINE := $(shell uname -m)

CC      ?= cc
CLANG   ?= clang
STRIP   ?= llvm-strip
# Debian keeps it where only root's PATH leads.
BPFTOOL ?= $(firstword $(wildcard /usr/sbin/bpftool /usr/local/sbin/bpftool) bpftool)
PREFIX  ?= /usr/local
# Where zsh looks: for what a system's own packages bring Debian has a directory of its own, others have not.
ZSHDIR  ?= $(PREFIX)/share/zsh/$(if $(filter /usr,$(PREFIX)),vendor-completions,site-functions)

CFLAGS   ?= -O2 -g
WARNINGS := -Wall -Wextra -Wshadow -Wmissing-prototypes -Wstrict-prototypes -Wformat=2
# SAN=1: the user-space code under the address and undefined-behaviour sanitizers, in a build directory of its own.
ifeq ($(SAN),1)
BUILD  := .build/san
BIN    := $(BUILD)/lsmctl
CFLAGS := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
endif
# ARCH=arm64: for another architecture than this machine's own.
override ARCH := $(filter-out $(patsubst x86_64,amd64,$(MACHINE:aarch64=arm64)),$(ARCH))
ifneq ($(ARCH),)
include tests/cross.mk
endif
# What BPF programs call the machine they are compiled for.
BPFARCH := $(patsubst x86_64,x86,$(MACHINE:aarch64=arm64))
ALL_CPPFLAGS = -D_GNU_SOURCE -DLSMCTL_VERSION='"$(VERSION)"' -I$(BUILD) $(CPPFLAGS)
ALL_CFLAGS   = -std=gnu11 $(WARNINGS) $(CFLAGS)

# Linked in where the system has them so: a command then starts in two thirds of the time. LINKED_IN= links none in.
NEEDED    := -lbpf -lelf -lz -ljansson
LINKED_IN ?= -Wl,-Bstatic $(NEEDED) -Wl,-Bdynamic
can_link_in = $(shell mkdir -p $(BUILD) && echo 'int bpf_object__open(void), json_object(void); int main(void) \
	{ return bpf_object__open() + json_object(); }' | $(CC) -w -x c - -o $(BUILD)/linked-in $(LDFLAGS) $(LINKED_IN) 2>&1)
# Found out when it is first asked for, and once.
LIBS = $(eval LIBS := -pthread $(if $(or $(if $(LINKED_IN),,n),$(can_link_in)),$(NEEDED),$(LINKED_IN)))$(LIBS)

COMMON := $(patsubst %.c,$(BUILD)/%.o,$(wildcard common/*.c))
CMD    := $(patsubst %.c,$(BUILD)/%.o,$(wildcard cmd/*.c))

# V=1 shows the commands. What somebody asks for in order to see or to test something is built without a line a file.
export V
ifneq ($(V),1)
Q   := @
ifeq ($(filter demo test test-%,$(MAKECMDGOALS)),)
say  = @printf '  %-6s %s\n' $(1) $@
else
say  = $(if $(told),,$(info Building.)$(eval told := yes))
endif
endif

.PHONY: all
all: $(BIN) ## ./lsmctl; ARCH=arm64: .build/arm64/lsmctl, and so with static, test-kernel and test-kernels

$(BIN): $(CMD) $(COMMON)
	$(call say,LINK)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

$(BUILD)/%.o: %.c Makefile | $(SYSROOT)
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# The skeleton, with the BPF object in it, is included in one file only.
$(BUILD)/common/object.o: $(BUILD)/lsmctl.skel.h

# Debian has asm/types.h in a directory of the host's architecture, where clang for BPF does not look.
BPF_INCLUDES = $(addprefix -idirafter ,$(wildcard /usr/include/$(MACHINE)-linux-gnu /usr/$(MACHINE)-linux-gnu/include))
# v3 is what 5.10 knows. Kernels before 6.2 take a loop for one only where it jumps back; with its blocks in another
# order than that of the source, clang lets some fall through to their heads. The object names its source; not where that
# lay, so that it is the same wherever it is built.
BPF_CFLAGS   = -target bpf -mcpu=v3 -D__TARGET_ARCH_$(BPFARCH) -g -O2 -mllvm -disable-block-placement \
	-ffile-prefix-map=$(CURDIR)=. -Wall -Wextra -Wno-unused-parameter $(BPF_INCLUDES)

$(BUILD)/lsmctl.bpf.o: bpf/lsmctl.bpf.c $(wildcard bpf/*.h) Makefile
	$(call say,BPF)
	@mkdir -p $(@D)
	$(Q)$(CLANG) $(BPF_CFLAGS) -c -o $@ $<
	$(Q)$(STRIP) -g $@

$(BUILD)/lsmctl.skel.h: $(BUILD)/lsmctl.bpf.o
	$(call say,SKEL)
	$(Q)$(BPFTOOL) gen skeleton $< name lsmctl_bpf > $@.new && mv $@.new $@

-include $(CMD:.o=.d) $(COMMON:.o=.d)

.PHONY: deps
deps: ## install what is missing to build, demonstrate and test (Debian; on other systems: say what); ARCH=arm64: for that too
	$(Q)tests/deps $(if $(ARCH),--arch $(ARCH))

.PHONY: demo
demo: $(BIN) ## see it work, in a throw-away virtual machine; HOST=1: on this kernel
	$(Q)tests/demo $(if $(HOST),--host)

.PHONY: demo-svg
demo-svg: $(BIN) ## the same as a picture, man/demo.svg
	$(Q)LSMCTL_DEMO_COLOR=1 tests/demo >$(BUILD)/demo.txt && tests/demo-svg <$(BUILD)/demo.txt >$(BUILD)/demo.svg && \
		mv $(BUILD)/demo.svg man/demo.svg

# The tests' own rules: test-unit, test-cli, test-kernel, test-kernels.
include $(wildcard tests/*/*.mk)

.PHONY: test
test: ## unit tests, command-line tests, and scenarios on a real 6.1; SAN=1: the first two under sanitizers; V=1: tell of each test
	$(Q)+printf '%s\n' 'units: $(MAKE) test-unit' 'command line: $(MAKE) test-cli' 'kernels: $(MAKE) SAN= test-kernel' | \
		tests/summary

.PHONY: lint
lint: $(BUILD)/lsmctl.skel.h ## formatting and static analysis
	$(Q)tests/lint $(BUILD) $(VERSION)

# The directories that units and scripts name are put in as they are installed.
UNITDIR    ?= $(PREFIX)/lib/systemd/system
SYSCONFDIR ?= /etc
in_place = sed 's|@sbindir@|$(PREFIX)/sbin|g; s|@libexecdir@|$(PREFIX)/libexec|g; s|@sysconfdir@|$(SYSCONFDIR)|g'

# Takes a mode and a file, and what comes from a pipe.
install_as = install -D -m $(1) /dev/stdin $(DESTDIR)$(2)

define install_page
	install -D -m 0644 $(1) $(DESTDIR)$(PREFIX)/share/man/man$(subst .,,$(suffix $(1)))/$(notdir $(1))

endef

.PHONY: install
install: $(BIN) ## into $(DESTDIR)$(PREFIX), and what is the host's own, if it is not there, into $(DESTDIR)$(SYSCONFDIR)
	install -D -m 0755 $(BIN) $(DESTDIR)$(PREFIX)/sbin/lsmctl
	$(foreach page,$(wildcard man/*.[0-9]),$(call install_page,$(page)))
	install -D -m 0644 completions/lsmctl.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/lsmctl
	install -D -m 0644 completions/_lsmctl $(DESTDIR)$(ZSHDIR)/_lsmctl
	install -D -m 0644 completions/lsmctl.fish $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/lsmctl.fish
	for name in apply refresh; do \
		$(in_place) cmd/systemd/$$name | $(call install_as,0755,$(PREFIX)/libexec/lsmctl/$$name) || exit; \
	done
	for name in $(notdir $(wildcard cmd/systemd/*.service cmd/systemd/*.timer)); do \
		$(in_place) cmd/systemd/$$name | $(call install_as,0644,$(UNITDIR)/$$name) || exit; \
	done
	install -d $(DESTDIR)$(SYSCONFDIR)/lsmctl/rules.d $(DESTDIR)$(SYSCONFDIR)/lsmctl/sets
	test -e $(DESTDIR)$(SYSCONFDIR)/lsmctl/rules || \
		install -m 0644 cmd/systemd/rules $(DESTDIR)$(SYSCONFDIR)/lsmctl/rules

.PHONY: deb
deb: ## a Debian package, in .build/deb
	$(Q).debian/build $(VERSION) .build/deb

.PHONY: help
help: ## this
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 16

.PHONY: clean
clean: ## remove what was built
	rm -rf .build lsmctl
