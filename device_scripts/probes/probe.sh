#!/bin/sh
# What the device is: sh probe.sh [FOLDER]
#
# FOLDER is where files would be put; how much room it has is told. The form of what is printed, and what is needed for
# it, are sample.sh's. Serial numbers, accounts, addresses and host names are not asked for.
LC_ALL=C
export LC_ALL
place=${1:-.}
# Where /etc, /proc, /sys and /usr are looked for; elsewhere in tests only.
root=${PROBE_ROOT:-}

# Standard input, at most $2 lines of it, each under the name $1.
under() {
    cut -b 1-300 | sed -e "s/^/$1: /" -e "${2}q"
}

# The first line of the file $1 in $value; false where there is none to be read.
first() {
    value=
    { IFS= read -r value <"$1"; } 2>/dev/null
    [ -n "$value" ]
}

# Whether there is a command of this name.
has() {
    command -v "$1" >/dev/null 2>&1
}

android() {
    getprop 2>/dev/null | grep -E \
        -e '^\[ro\.product\.(manufacturer|brand|model|device|board|cpu\.abilist)\]' \
        -e '^\[ro\.build\.(fingerprint|type|version\.release|version\.sdk|version\.security_patch)\]' \
        -e '^\[ro\.(soc\.manufacturer|soc\.model|board\.platform|hardware|hardware\.chipname|hardware\.vulkan|hardware\.egl)\]' \
        -e '^\[ro\.(debuggable|kernel\.qemu|boot\.qemu|pocketbench\.simulated)\]' | under getprop 60
    dumpsys SurfaceFlinger 2>/dev/null | grep -e '^ *GLES:' | under gpu 1
    pm list features 2>/dev/null | grep -e vulkan -e neural | under feature 20
    dumpsys webviewupdate 2>/dev/null | grep -e '^ *Current WebView package' | under webview 1
    wm size 2>/dev/null | under screen 2
    pm path com.termux 2>/dev/null | grep -e '^package:' | under termux 1
    for file in /apex/com.android.neuralnetworks/lib64/libneuralnetworks.so /system/lib64/libneuralnetworks.so /system/lib/libneuralnetworks.so; do
        [ -e "$file" ] && echo "nnapi: $file"
    done
    # NNAPI's accelerators are services, from Android 12 on of the one kind and before of the other; lshal asks each process, which may take long.
    { service list; timeout 5 lshal; } 2>/dev/null | grep -o -e 'android\.hardware\.neuralnetworks[.@][^ :]*:*IDevice/[^ :]*' | under accelerator 40
}

linux() {
    under os 40 <"$root"/etc/os-release
    first "$root"/proc/device-tree/model && echo "board: $value"
    for file in "$root"/usr/share/vulkan/icd.d/*.json "$root"/etc/vulkan/icd.d/*.json; do
        [ -e "$file" ] && echo "vulkan: ${file##*/}"
    done
}

# The cpufreq files of the policy or core that has its own in the folder $1, by the name $2.
policy() {
    for file in related_cpus cpuinfo_max_freq; do
        first "$1/$file" && echo "cpufreq: $2 $file $value"
    done
}

# Every policy; kernels before 4.3 have none, and some phones let nobody list them: then every core by its number.
frequencies() {
    cpu=0
    if [ -d "$root"/sys/devices/system/cpu/cpufreq/policy0 ]; then
        while [ "$cpu" -lt 64 ]; do
            policy "$root/sys/devices/system/cpu/cpufreq/policy$cpu" "policy$cpu"
            cpu=$((cpu + 1))
        done
    else
        while [ "$cpu" -lt 64 ] && [ -d "$root/sys/devices/system/cpu/cpu$cpu" ]; do
            policy "$root/sys/devices/system/cpu/cpu$cpu/cpufreq" "cpu$cpu"
            cpu=$((cpu + 1))
        done
    fi
}

pages() {
    getconf PAGESIZE 2>/dev/null | under page 1
    grep -e '^KernelPageSize:' "$root"/proc/self/smaps 2>/dev/null | under smaps 1
}

pythons() {
    python3 -c '
import platform
from importlib import metadata

print("python", platform.python_version())
for name, version in sorted({(str(one.metadata["Name"]), str(one.version)) for one in metadata.distributions()})[:500]:
    print(name, version)
' 2>/dev/null | under python 501
}

echo 'pocketbench-probe 1 probe'
uname -s -r -m | under kernel 1
if has getprop; then
    android </dev/null
elif [ -r "$root"/etc/os-release ]; then
    linux
fi
grep -E -e '^(processor|model name|CPU implementer|CPU part|Hardware|Model)[[:space:]]*:' "$root"/proc/cpuinfo 2>/dev/null | under cpuinfo 600
first "$root"/sys/devices/system/cpu/possible && echo "cores: $value"
frequencies
grep -e '^MemTotal:' "$root"/proc/meminfo 2>/dev/null | under memory 1
pages
df -P -k "$place" 2>/dev/null | under disk 4
has python3 && pythons </dev/null
has node && node --version </dev/null 2>/dev/null | under node 1
echo 'end: probe'
