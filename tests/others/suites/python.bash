# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Python's own tests; the arguments are modules. In the virtual machine.
export PYTHONHOME=/others/python/usr PYTHONDONTWRITEBYTECODE=1
exec /others/python/usr/bin/python3.11 /others/python.py "$@"
