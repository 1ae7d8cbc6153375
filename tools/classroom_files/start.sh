#!/bin/sh
# Starts the notebooks. The first start sets everything up.
#   --check    set up, then say whether this computer has everything that is needed
unset CDPATH PYTHONHOME PYTHONPATH
cd "$(dirname "$0")" || exit 1

# The first suitable Python does everything else, in start/start.py.
some=''
for candidate in python3.14 python3.13 python3.12 python3.11 python3 python; do
    # On a Mac without Apple's developer tools, /usr/bin/python3 only asks to install them.
    if [ "$(command -v "$candidate")$(uname -s)" = /usr/bin/python3Darwin ]; then
        xcode-select -p >/dev/null 2>&1 || continue
    fi
    "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 6))' </dev/null >/dev/null 2>&1 ||
        continue
    some=${some:-$candidate}
    if "$candidate" start/start.py --fits </dev/null >/dev/null 2>&1; then
        exec "$candidate" start/start.py "$@"
    fi
done

# If none is suitable, one that runs says why.
if [ -n "$some" ]; then exec "$some" start/start.py "$@"; fi
echo 'There is no Python on this computer. Install Python 3.13 from https://www.python.org/downloads/ and start again.' >&2
exit 1
