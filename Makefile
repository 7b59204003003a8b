# SPDX-License-Identifier: GPL-2.0-only
# `make deps demo` and `make deps test` do everything on a fresh Debian 12; `make help` names the rest.

VERSION := 0.1.0
BUILD   := .build
BIN     := lsmctl
MACHINE := $(shell uname -m)

CC      ?= cc
CLANG   ?= clang
STRIP   ?= llvm-strip
# Debian keeps it in a directory that only root's PATH has.
BPFTOOL ?= $(firstword $(wildcard /usr/sbin/bpftool /usr/local/sbin/bpftool) bpftool)
PREFIX  ?= /usr/local
# A directory that zsh searches. Debian has a separate one for its packages; other systems have not.
ZSHDIR  ?= $(PREFIX)/share/zsh/$(if $(filter /usr,$(PREFIX)),vendor-completions,site-functions)

CFLAGS   ?= -O2 -g
WARNINGS := -Wall -Wextra -Wshadow -Wmissing-prototypes -Wstrict-prototypes -Wformat=2
# SAN=1: builds the user-space code with the address and undefined-behaviour sanitizers, in a separate directory.
ifeq ($(SAN),1)
BUILD  := .build/san
BIN    := $(BUILD)/lsmctl
CFLAGS := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
endif
# ARCH=arm64: builds for another architecture than this machine's.
override ARCH := $(filter-out $(patsubst x86_64,amd64,$(MACHINE:aarch64=arm64)),$(ARCH))
ifneq ($(ARCH),)
include tests/portable/cross.inc
endif
# The name of the target machine in BPF programs.
BPFARCH := $(patsubst x86_64,x86,$(MACHINE:aarch64=arm64))
ALL_CPPFLAGS = -D_GNU_SOURCE -DLSMCTL_VERSION='"$(VERSION)"' -iquote . -iquote common -iquote cmd -I$(BUILD) $(CPPFLAGS)
# The prefix map keeps the build directory out of what is built, so that it is the same wherever it is built.
ALL_CFLAGS   = -std=gnu11 -ffile-prefix-map=$(CURDIR)=. $(WARNINGS) $(CFLAGS)

# Links these libraries statically where the system has them so: a command then starts in two thirds of the time. LINKED_IN=
# turns it off.
NEEDED    := -lbpf -lelf -lz -ljansson
LINKED_IN ?= -Wl,-Bstatic $(NEEDED) -Wl,-Bdynamic
can_link_in = $(shell mkdir -p $(BUILD) && echo 'int bpf_object__open(void), json_object(void); int main(void) \
	{ return bpf_object__open() + json_object(); }' | $(CC) -w -x c - -o $(BUILD)/linked-in $(LDFLAGS) $(LINKED_IN) 2>&1)
# Computed at the first use, and only once.
LIBS = $(eval LIBS := -pthread $(if $(or $(if $(LINKED_IN),,n),$(can_link_in)),$(NEEDED),$(LINKED_IN)))$(LIBS)

COMMON := $(patsubst %.c,$(BUILD)/%.o,$(wildcard common/*.c common/*/*.c))
CMD    := $(patsubst %.c,$(BUILD)/%.o,$(wildcard cmd/*.c cmd/*/*.c))
# What most commands run comes first in the program, so that it lies on few pages: a command spends most of its time on
# the first touch of each.
EARLY  := $(patsubst %,$(BUILD)/%.o,cmd/main $(addprefix cmd/shared/,options output session) \
	$(addprefix common/,base/error base/nss base/num base/text base/time host/pins host/pins_locked host/second_mount \
	policy/loader rule/parse rule/prefix rule/prefix_format rule/rule rule/verdict \
	table/decode table/mapped table/names_read table/read table/ruleset table/store))

# V=1 shows the commands. Targets that show or test something build quietly.
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

$(BIN): $(EARLY) $(CMD) $(COMMON)
	$(call say,LINK)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

$(BUILD)/%.o: %.c Makefile | $(SYSROOT)
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# A skeleton contains its BPF object. Only object.c takes that out of the first; object_maps.c names its maps.
$(BUILD)/common/policy/object.o $(BUILD)/common/policy/object_maps.o: $(BUILD)/lsmctl.skel.h
$(BUILD)/common/policy/lock_object.o: $(BUILD)/lock.skel.h

# Debian has asm/types.h in a directory of the host's architecture, which clang for BPF does not search.
BPF_INCLUDES = $(addprefix -idirafter ,$(wildcard /usr/include/$(MACHINE)-linux-gnu /usr/$(MACHINE)-linux-gnu/include))
# 5.10 knows v3. Kernels before 6.2 accept a loop only when it jumps back; block placement makes clang reorder some loops so
# that they fall through to their heads.
BPF_CFLAGS   = -target bpf -iquote . -mcpu=v3 -D__TARGET_ARCH_$(BPFARCH) -g -O2 -mllvm -disable-block-placement \
	-ffile-prefix-map=$(CURDIR)=. -Wall -Wextra -Wno-unused-parameter $(BPF_INCLUDES)

# The lock's programs are an object of their own, which only lock loads.
BPF_OBJECTS := lsmctl lock

$(BPF_OBJECTS:%=$(BUILD)/%.bpf.o): $(BUILD)/%.bpf.o: bpf/%.bpf.c $(wildcard bpf/*.h) Makefile
	$(call say,BPF)
	@mkdir -p $(@D)
	$(Q)$(CLANG) $(BPF_CFLAGS) -c -o $@ $<
	$(Q)$(STRIP) -g $@

$(BPF_OBJECTS:%=$(BUILD)/%.skel.h): $(BUILD)/%.skel.h: $(BUILD)/%.bpf.o
	$(call say,SKEL)
	$(Q)$(BPFTOOL) gen skeleton $< name $*_bpf > $@.new && mv $@.new $@

-include $(CMD:.o=.d) $(COMMON:.o=.d)

.PHONY: deps
deps: ## install what is missing to build, demonstrate and test (Debian; on other systems: say what); ARCH=arm64: for that too
	$(Q)tests/deps $(if $(ARCH),--arch $(ARCH))

.PHONY: demo
demo: $(BIN) ## see it work, in a throw-away virtual machine; HOST=1: on this kernel
	$(Q)tests/demo/run $(if $(HOST),--host)

.PHONY: demo-svg
demo-svg: $(BIN) ## the same as a picture, man/demo.svg
	$(Q)LSMCTL_DEMO_COLOR=1 tests/demo/run >$(BUILD)/demo.txt && tests/demo/svg <$(BUILD)/demo.txt >$(BUILD)/demo.svg && \
		mv $(BUILD)/demo.svg man/demo.svg

# The tests' own rules: test-unit, test-cli, test-kernel, test-kernels.
include $(wildcard tests/*/*.mk)

.PHONY: test
test: ## unit tests, command-line tests, and scenarios on a real 6.1; SAN=1: the first two under sanitizers; V=1: tell of each test
	$(Q)+printf '%s\n' 'units: $(MAKE) test-unit' 'command line: $(MAKE) test-cli' 'kernels: $(MAKE) SAN= test-kernel' | \
		tests/report/summary

.PHONY: rooms
rooms: ## draw the picture of the rooms in README.md anew
	$(Q)tests/lint/rooms --draw >$(BUILD)/rooms && sed -i -e '/<!-- rooms -->/,/<!-- \/rooms -->/ { /<!--/!d }' \
		-e '/<!-- rooms -->/r $(BUILD)/rooms' README.md

.PHONY: lint
lint: $(BUILD)/lsmctl.skel.h $(BUILD)/lock.skel.h ## formatting and static analysis
	$(Q)tests/lint/run $(BUILD) $(VERSION)

# Installation inserts the directories into units and scripts.
UNITDIR    ?= $(PREFIX)/lib/systemd/system
SYSCONFDIR ?= /etc
in_place = sed 's|@sbindir@|$(PREFIX)/sbin|g; s|@libexecdir@|$(PREFIX)/libexec|g; s|@sysconfdir@|$(SYSCONFDIR)|g'

# install_as MODE,FILE: installs standard input.
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
	for name in $(notdir $(wildcard cmd/systemd/*.service cmd/systemd/*.timer cmd/systemd/*.path)); do \
		$(in_place) cmd/systemd/$$name | $(call install_as,0644,$(UNITDIR)/$$name) || exit; \
	done
	install -d $(DESTDIR)$(SYSCONFDIR)/lsmctl/rules.d $(DESTDIR)$(SYSCONFDIR)/lsmctl/sets
	test -e $(DESTDIR)$(SYSCONFDIR)/lsmctl/rules || \
		install -m 0644 cmd/systemd/rules $(DESTDIR)$(SYSCONFDIR)/lsmctl/rules

.PHONY: deb
deb: ## a Debian package, in .build/deb
	$(Q).debian/build $(VERSION) .build/deb

.PHONY: release
release: ## checks, then tarball, package, static binary and checksums in .build/release, and a tag; CHECKS='make lint': only these
	$(Q).ci/release $(VERSION)

.PHONY: help
help: ## this
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 16

.PHONY: clean
clean: ## remove what was built
	rm -rf .build lsmctl
