@echo off
rem Starts the notebooks. The first start sets everything up.
rem   --check    set up, then say whether this computer has everything that is needed
setlocal
set "PYTHONHOME="
set "PYTHONPATH="
set "PYTHONUTF8=1"
pushd "%~dp0" || goto nofolder

rem The first suitable Python does everything else, in start\start.py.
set "some="
set "fits="
call :look py -3.14
if defined fits goto run
call :look py -3.13
if defined fits goto run
call :look py -3.12
if defined fits goto run
call :look py -3.11
if defined fits goto run
call :look python
if defined fits goto run
call :look python3
if defined fits goto run
call :look py -3
if defined fits goto run

rem If none is suitable, one that runs says why.
if defined some goto why
echo There is no Python on this computer. Install Python 3.13 from https://www.python.org/downloads/ and start again.
goto failed

:why
set "fits=%some%"

:run
%fits% start\start.py %*
if errorlevel 1 goto failed
popd
exit /b 0

:failed
popd
pause
exit /b 1

:nofolder
echo The folder of this file cannot be opened. Copy it to the desktop and start again.
pause
exit /b 1

:look
%* -c "import sys; sys.exit(sys.version_info < (3, 6))" <nul >nul 2>nul || exit /b 0
if not defined some set "some=%*"
%* start\start.py --fits <nul >nul 2>nul || exit /b 0
set "fits=%*"
exit /b 0
