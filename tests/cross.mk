# SPDX-License-Identifier: GPL-2.0-only
# Included by the Makefile with ARCH=arm64, Debian's name of an architecture: all goes into a build directory of its own, with
# Debian's cross-compiler and the libraries that tests/packages-fetch unpacks there. make deps ARCH=arm64 installs the one
# and fetches the others. The BPF object is compiled by the same clang, against this machine's headers.

$(if $(filter arm64,$(ARCH)),,$(error ARCH can be arm64, not '$(ARCH)'))
MACHINE := aarch64
BUILD   := .build/$(ARCH)
BIN     := $(BUILD)/lsmctl
CC      := $(MACHINE)-linux-gnu-gcc
KERNEL  ?= 6.12

.DEFAULT_GOAL := all
SYSROOT := .build/$(ARCH)/sysroot/.packages
override CPPFLAGS += -isystem $(SYSROOT:/.packages=/usr/include)
override LDFLAGS  += -L$(SYSROOT:/.packages=/usr/lib/$(MACHINE)-linux-gnu)

$(SYSROOT): tests/packages-fetch
	$(Q)tests/packages-fetch $(ARCH) build $(@D)
