#!/bin/sh
# Makes .venv and installs the project into it. Every `make` command calls this script.
#
# Two files in .venv record the state:
#   .ready       everything is installed; holds this folder's path, TORCH and PYTHON
#   .installing  an installation began and did not finish, so that it must start from nothing
# If .ready is valid, the script starts no Python; with --say it says that all is installed.
set -u

OLDEST=3.11
NEWEST=3.13
CPU_INDEX=https://download.pytorch.org/whl/cpu

TORCH=${TORCH:-}
PYTHON=${PYTHON:-}

cd "$(dirname "$0")/.." || exit 1
root=$(pwd -P)
venv=$root/.venv
ready=$venv/.ready
installing=$venv/.installing

# The user's settings for other projects must not affect this one.
unset PYTHONHOME PYTHONPATH
export PIP_USER=0 PIP_DISABLE_PIP_VERSION_CHECK=1

say() { printf '%s\n' "$*"; }
fail() {
    printf '\n%s\n' "$1" >&2
    shift
    for line in "$@"; do printf '%s\n' "$line" >&2; done
    exit 1
}

# ---- What is already there? ---------------------------------------------------------

had_root='' had_torch='' had_python=''
read_ready() {
    if [ -f "$ready" ]; then
        { IFS= read -r had_root; IFS= read -r had_torch; IFS= read -r had_python; } <"$ready"
    fi
}

is_ready() {
    [ -f "$ready" ] && [ ! -e "$installing" ] && [ -x "$venv/bin/python" ] || return 1
    read_ready
    [ "$had_root" = "$root" ] || return 1
    [ -z "$TORCH" ] || [ "$TORCH" = "$had_torch" ] || return 1
    [ -z "$PYTHON" ] || [ "$PYTHON" = "$had_python" ] || return 1
    [ -z "$(find pyproject.toml -newer "$ready")" ]
}

# A killed `make` can leave its pip running, which must end before .venv is touched.
wait_for_other_installs() {
    told=no
    while ps -A -ww -o args= 2>/dev/null | grep -F "$venv" | grep -Eq -- '-m (pip|venv) '; do
        [ $told = yes ] || say 'Another installation into .venv is still running. Waiting for it to end.'
        told=yes
        sleep 1
    done
}

# ---- Finding a Python ---------------------------------------------------------------

# Prints "3.12", or the like, if the command is a Python that runs; otherwise nothing.
version_of() {
    "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null </dev/null
}

fits() {
    case $1 in 3.*) ;; *) return 1 ;; esac
    minor=${1#3.}
    [ "$minor" -ge "${OLDEST#3.}" ] && [ "$minor" -le "${NEWEST#3.}" ]
}

can_make_venv() { "$1" -c 'import ensurepip, venv' >/dev/null 2>&1; }

# Sets python and version, or ends with a sentence.
find_python() {
    found='' no_venv='' no_venv_version=''
    set -- python3 python3.13 python3.12 python3.11 python
    if [ -n "$PYTHON" ]; then set -- "$PYTHON"; fi
    for candidate in "$@"; do
        version=$(version_of "$candidate") || version=''
        if [ -z "$version" ]; then
            continue
        elif ! fits "$version"; then
            found="${found:+$found, }$candidate is Python $version"
        elif ! can_make_venv "$candidate"; then
            no_venv=${no_venv:-$candidate}
            no_venv_version=${no_venv_version:-$version}
        else
            python=$(versioned_name "$candidate")
            return
        fi
    done
    if [ -n "$no_venv" ]; then
        fail "$no_venv is Python $no_venv_version, but it lacks the part for virtual environments (venv, ensurepip)." \
            "On Debian and Ubuntu, run: sudo apt install python$no_venv_version-venv    Then call make again."
    fi
    if [ -n "$PYTHON" ]; then
        fail "PYTHON=$PYTHON does not fit: this project needs Python $OLDEST to $NEWEST, but ${found:-it did not run}." \
            "Name another Python, for example: make setup PYTHON=python3.12"
    fi
    fail "This project needs Python $OLDEST to $NEWEST. Found: ${found:-none that runs}." \
        "Install one from https://www.python.org/downloads/ (or with your system's package manager), then call make again." \
        "If there is one under another name: make setup PYTHON=/path/to/python3.12"
}

# /usr/bin/python3 may become another version one day, but /usr/bin/python3.12 will not.
versioned_name() {
    "$1" -c '
import os, sys
exe = getattr(sys, "_base_executable", None) or sys.executable
name = os.path.join(os.path.dirname(exe), "python%d.%d" % sys.version_info[:2])
print(name if os.path.exists(name) and os.path.samefile(name, exe) else exe)
' 2>/dev/null || say "$1"
}

# ---- Installing ---------------------------------------------------------------------

make_venv() {
    find_python
    say "Making .venv with Python $version ($python)."
    [ -d "$venv" ] || rm -f "$venv"
    mkdir -p "$venv" && say "$TORCH" >"$installing" || fail "This folder cannot be written to: $root"
    for old in "$venv"/* "$venv"/.[!.]*; do # all but .installing, which must survive a kill here
        [ "$old" = "$installing" ] || rm -rf "$old" ||
            fail 'The old .venv could not be removed. Remove it by hand, then call make again.'
    done
    "$python" -m venv "$venv" || fail "Python could not make .venv (see the lines above)." \
        "On Debian and Ubuntu, this helps: sudo apt install python$version-venv    Then call make again."
}

pip_failed() {
    if [ "$fresh" = no ]; then rm -f "$installing"; fi # the earlier packages still work
    set -- "Set-up stopped: pip could not install the packages. Its last lines above say why." \
        "Usually it is the internet connection, or a full disk (about 7 GB are needed, 2 GB with TORCH=cpu)." \
        "Then call make again. Packages that were already downloaded are not downloaded again."
    if [ "$TORCH" = cpu ]; then
        set -- "$@" "If only PyTorch's own address cannot be reached: make setup TORCH=default"
    fi
    if [ "$fresh" = no ] && [ -n "$had_root" ]; then
        set -- "$@" "To continue with the earlier packages, without the new ones: touch .venv/.ready"
    fi
    fail "$@"
}

# Prints the project's requirement of a package, such as "torch>=2.6".
requirement() {
    sed -n "s/^ *\"\($1[<>=!~][^\"]*\)\".*/\1/p" pyproject.toml | head -n 1
}

install() {
    # This file becomes .ready, so that a change of pyproject.toml from now on counts as newer.
    printf '%s\n' "$root" "$TORCH" "${PYTHON:-$had_python}" >"$ready.new"
    if [ "$TORCH" = cpu ]; then
        # A CPU build of torch does not work with a torchvision from another source, so pip must not
        # look into other sources that the user has set.
        say "Installing PyTorch for the CPU. This downloads about 200 MB."
        (
            unset PIP_INDEX_URL PIP_EXTRA_INDEX_URL PIP_FIND_LINKS PIP_NO_INDEX
            PIP_CONFIG_FILE=/dev/null
            export PIP_CONFIG_FILE
            exec "$venv/bin/python" -m pip install --index-url "$CPU_INDEX" \
                "$(requirement torch)" "$(requirement torchvision)"
        ) || pip_failed
    fi
    say 'Installing the packages. The first time takes a few minutes.'
    if [ "$TORCH$(uname -s)" = defaultLinux ]; then
        say 'PyTorch needs 5 GB on Linux. For its small CPU build: Ctrl-C, then make setup TORCH=cpu'
    fi
    "$venv/bin/python" -m pip install --editable '.[notebooks,demo,web,export,inside,dev]' || pip_failed
    "$venv/bin/python" -c 'import torch, torchvision' >/dev/null || fail \
        "PyTorch was installed but does not start (see the line above)." \
        "torch and torchvision must come from the same source. Is pip set to use others (pip config list)?" \
        "Then call make again."
    sync # after a power cut, .ready must not exist without the rest
    rm -f "$installing"
    mv -f "$ready.new" "$ready"
}

# ---- The steps ----------------------------------------------------------------------

if is_ready; then
    [ "${1:-}" != --say ] || say 'Everything is installed already.'
    exit 0
fi

case $TORCH in
'' | cpu | default) ;;
*) fail "TORCH=$TORCH is not known. TORCH=cpu installs PyTorch's CPU build, TORCH=default the usual one." ;;
esac

trap 'say; say "Interrupted. The next make command repairs the installation."; exit 130' INT TERM

wait_for_other_installs
if is_ready; then exit 0; fi

fresh=no
read_ready
if [ -e "$installing" ]; then
    say 'The last installation did not finish. Starting again.'
    had_torch=$(cat "$installing")
    fresh=yes
elif ! [ -x "$venv/bin/python" ] || [ -z "$(version_of "$venv/bin/python")" ]; then
    [ ! -e "$venv" ] || say 'The Python of .venv is gone. Making .venv again.'
    fresh=yes
elif [ -n "$had_root" ] && [ "$had_root" != "$root" ]; then
    say 'This folder was moved or copied. Making .venv again.'
    fresh=yes
elif [ -n "$TORCH" ] && [ "$TORCH" != "${had_torch:-default}" ]; then
    say "Changing to TORCH=$TORCH. Making .venv again."
    fresh=yes
elif [ -n "$PYTHON" ] && [ "$PYTHON" != "$had_python" ]; then
    say "Changing to PYTHON=$PYTHON. Making .venv again."
    fresh=yes
elif ! fits "$(version_of "$venv/bin/python")"; then
    say "The Python of .venv does not fit. Making .venv again."
    fresh=yes
fi
TORCH=${TORCH:-${had_torch:-default}}

if [ $fresh = no ]; then
    say "$TORCH" >"$installing"
    "$venv/bin/python" -c 'import pip' 2>/dev/null || "$venv/bin/python" -m ensurepip >/dev/null || fresh=yes
fi
if [ $fresh = yes ]; then make_venv; fi
install
say 'Everything is installed.'
