# SPDX-License-Identifier: GPL-2.0-only
# `make deps demo` and `make deps test` do everything on a fresh Debian 12; `make help` says the rest.

VERSION := 0.1.0
BUILD   := .build
ARCH    := $(shell uname -m | sed 's/x86_64/x86/; s/aarch64/arm64/')

CC      ?= gcc
CLANG   ?= clang
STRIP   ?= llvm-strip
BPFTOOL ?= $(firstword $(wildcard /usr/sbin/bpftool /usr/local/sbin/bpftool) bpftool)

CFLAGS   ?= -O2 -g
WARNINGS := -Wall -Wextra -Wshadow -Wmissing-prototypes -Wstrict-prototypes -Wformat=2
WERROR   ?=
ALL_CPPFLAGS = -D_GNU_SOURCE -DLSMCTL_VERSION='"$(VERSION)"' -I$(BUILD) $(CPPFLAGS)
ALL_CFLAGS   = -std=gnu11 $(WARNINGS) $(WERROR) $(CFLAGS)
LIBS         = -lbpf -lelf -lz -ljansson

# SAN=1: the user-space code under the address and undefined-behaviour sanitizers, in a build directory of its own.
ifeq ($(SAN),1)
BUILD  := .build/san
CFLAGS := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
BIN    := $(BUILD)/lsmctl
endif
BIN ?= lsmctl

COMMON := $(patsubst %.c,$(BUILD)/%.o,$(wildcard common/*.c))
CMD    := $(patsubst %.c,$(BUILD)/%.o,$(wildcard cmd/*.c))

.PHONY: all
all: $(BIN)

$(BIN): $(CMD) $(COMMON)
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

$(BUILD)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# The skeleton is included in one file only.
$(BUILD)/common/loader.o: $(BUILD)/lsmctl.skel.h

# asm/types.h is where the host compiler looks for it, which clang for BPF does not know.
BPF_INCLUDES := $(addprefix -idirafter ,$(wildcard /usr/include/$(shell $(CC) -dumpmachine 2>/dev/null)))

$(BUILD)/lsmctl.bpf.o: bpf/lsmctl.bpf.c $(wildcard bpf/*.h) Makefile
	@mkdir -p $(@D)
	$(CLANG) -target bpf -D__TARGET_ARCH_$(ARCH) -g -O2 -Wall -Wextra -Wno-unused-parameter $(WERROR) $(BPF_INCLUDES) -c -o $@ $<
	$(STRIP) -g $@

$(BUILD)/lsmctl.skel.h: $(BUILD)/lsmctl.bpf.o
	$(BPFTOOL) gen skeleton $< name lsmctl_bpf > $@.new
	mv $@.new $@

.PHONY: clean
clean:
	rm -rf .build lsmctl

-include $(CMD:.o=.d) $(COMMON:.o=.d)
