#!/bin/sh
# How the device is right now: sh sample.sh
#
# Prints what the system says, word for word, under names that harness/pocketbench/probes reads: "NAME: LINE", between a
# first line with the version and a last line "end: sample". Needs a POSIX shell, cut, grep and sed: toybox (Android 8 to
# 16), busybox or GNU. What a system does not have, or does not let its user see, is left out. Nothing is changed.
# One file that needs no other: it also runs from standard input, as "sh -s".
LC_ALL=C
export LC_ALL
# Where /proc and /sys are looked for; elsewhere in tests only.
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

# The files of the folder $2 that are named after it, under the name $1: "FOLDER FILE VALUE".
files() {
    name=$1 folder=$2
    shift 2
    for file; do
        first "$folder/$file" && echo "$name: ${folder##*/} $file $value"
    done
}

android() {
    dumpsys battery 2>/dev/null | under battery 60
    dumpsys thermalservice 2>/dev/null | under thermal 400
    dumpsys power 2>/dev/null | grep -e 'mWakefulness=' -e 'mStayOn=' -e 'Display Power: state=' | under power 10
    settings get global low_power 2>/dev/null | under low_power 1
}

# The cpufreq files of the policy or core that has its own in the folder $1, by the name $2.
policy() {
    for file in related_cpus scaling_governor scaling_cur_freq scaling_max_freq cpuinfo_max_freq; do
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

heat() {
    count=0
    for folder in "$root"/sys/class/thermal/thermal_zone*; do
        [ $((count += 1)) -le 150 ] || break
        first "$folder/type" || continue
        type=$value
        first "$folder/temp" && echo "zone: $value $type"
    done
}

echo 'pocketbench-probe 1 sample'
if command -v dumpsys >/dev/null 2>&1; then
    android </dev/null
fi
for folder in "$root"/sys/class/power_supply/*; do
    files supply "$folder" type online capacity status temp
done
frequencies
heat
if first "$root"/proc/loadavg; then
    echo "load: $value"
else
    uptime 2>/dev/null | under load 1
fi
grep -e '^MemTotal:' -e '^MemAvailable:' -e '^MemFree:' -e '^Cached:' "$root"/proc/meminfo 2>/dev/null | under memory 4
first "$root"/proc/uptime && echo "uptime: $value"
echo 'end: sample'
