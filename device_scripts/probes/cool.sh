#!/bin/sh
# Wait on the device until it is cool: sh cool.sh [body_celsius=36] [temperature_celsius=70] [thermal=none] [wait_s=600] [every_s=10]
#
# Prints a line a look, "look: SECONDS NAME VALUE …", between a first line with the version and a last line "end: cool",
# "end: late" (wait_s is over: exit 1) or "end: unknown" (nothing that was asked for can be read: exit 3). What is not
# right on the command line is exit 2. The body is the skin's sensor or, without one, the battery's; the temperature is
# the hottest sensor of the processor and what is beside it. What cannot be read holds nobody up while something can.
# Needs a POSIX shell, date and sleep, and no other file; changes nothing; ends by itself whoever started it is gone or not.
LC_ALL=C
export LC_ALL
body_limit='' chip_limit='' status_limit='' wait_s=600 every_s=10
# Where /sys is looked for; elsewhere in tests only.
root=${PROBE_ROOT:-}

wrong() {
    echo "cool.sh: $1" >&2
    exit 2
}

# Whether $1 is a whole number of up to four digits that does not begin with 0, or 0.
whole() {
    case $1 in
    0 | [1-9] | [1-9][0-9] | [1-9][0-9][0-9] | [1-9][0-9][0-9][0-9]) return 0 ;;
    *) return 1 ;;
    esac
}

# The number that the word $1 of Android's thermal status stands for, in $number.
severity() {
    number=0
    for word in none light moderate severe critical emergency shutdown; do
        [ "$word" = "$1" ] && return 0
        number=$((number + 1))
    done
    return 1
}

# The word for the number $1 of a thermal status, in $word.
severe() {
    number=0
    for word in none light moderate severe critical emergency shutdown; do
        [ "$number" = "$1" ] && return 0
        number=$((number + 1))
    done
    return 1
}

# Degrees such as 36 or 31.25 as tenths, in $tenths; false for what is no temperature above zero and below 150.
in_tenths() {
    tenths=
    degrees=${1%%.*} rest=0
    [ "$degrees" = "$1" ] || rest=${1#*.}
    case $degrees:$rest in
    *: | *:*[!0-9]*) return 1 ;;
    [0-9]:* | [1-9][0-9]:* | 1[0-4][0-9]:*) tenths=$((degrees * 10 + ${rest%"${rest#?}"})) ;;
    *) return 1 ;;
    esac
    case $rest in
    ?[5-9]*) tenths=$((tenths + 1)) ;;
    *) ;;
    esac
    [ "$tenths" -gt 0 ]
}

# The larger of $1, which may be empty, and $tenths, in $tenths.
or_larger() {
    if [ -n "$1" ] && [ "$1" -gt "$tenths" ]; then
        tenths=$1
    fi
}

# What thermalservice says on standard input: "STATUS SKIN PROCESSOR", each "-" where it says nothing. Cached temperatures are old.
# The status is the service's or, where that is worse, the skin's own: some phones are throttled by the latter and say none.
service() {
    status='-' skin='' chip='' current=''
    while IFS= read -r line; do
        case $line in
        'Thermal Status: '[0-6]*) status=${line#*: } status=${status%"${status#?}"} ;;
        'Current temperatures from HAL:'*) current=yes ;;
        'Current cooling devices'*) current='' ;;
        *'Temperature{mValue='*)
            value=${line#*mValue=}
            if [ -z "$current" ] || ! in_tenths "${value%%,*}"; then
                continue
            fi
            case $line in
            *'mName=TYPE_SKIN,'*) or_larger "$skin"; skin=$tenths ;;
            *'mName=TYPE_CPU,'* | *'mName=TYPE_GPU,'*) or_larger "$chip"; chip=$tenths ;;
            *'mName=TYPE_'*) ;;
            *'mType=3,'*)
                or_larger "$skin"
                skin=$tenths
                own=${line##*mStatus=} own=${own%%\}*}
                case $own in
                [0-6]) [ "$status" != - ] && [ "$own" -gt "$status" ] && status=$own ;;
                *) ;;
                esac
                ;;
            *'mType=0,'* | *'mType=1,'* | *'mType=9,'* | *'mType=10,'* | *'mType=13,'*) or_larger "$chip"; chip=$tenths ;;
            *) ;;
            esac
            ;;
        *) ;;
        esac
    done
    echo "$status ${skin:--} ${chip:--}"
}

# The battery's tenths of a degree in what dumpsys battery says on standard input.
battery() {
    while IFS= read -r line; do
        case $line in
        *' temperature: '[0-9]*) echo "${line#*temperature: }"; return ;;
        *) ;;
        esac
    done
}

# The hottest zone of the processor or, where none has such a name, of all, as tenths in $hottest.
zones() {
    hottest='' others='' count=0
    for folder in "$root"/sys/class/thermal/thermal_zone*; do
        [ $((count += 1)) -le 150 ] || break
        type='' value=''
        { IFS= read -r type <"$folder/type"; IFS= read -r value <"$folder/temp"; } 2>/dev/null
        case $value in
        [0-9] | [0-9][0-9] | 1[0-4][0-9]) tenths=$((value * 10)) ;;
        [1-9][0-9][0-9]) tenths=$value ;;
        [1-9][0-9][0-9][0-9] | [1-9][0-9][0-9][0-9][0-9] | 1[0-4][0-9][0-9][0-9][0-9]) tenths=$((value / 100)) ;;
        *) continue ;;
        esac
        case $type in
        soc) ;;
        *[Cc][Pp][Uu]* | *[Gg][Pp][Uu]* | *[TtNn][Pp][Uu]* | *[Ss][Oo][Cc]* | *tsens* | *pkg* | BIG | MID | LITTLE | G3D) or_larger "$hottest"; hottest=$tenths ;;
        *) or_larger "$others"; others=$tenths ;;
        esac
    done
    hottest=${hottest:-$others}
}

# Seconds of a clock that only goes forward where there is one, in $now.
clock() {
    now=
    { IFS=' .' read -r now _ </proc/uptime; } 2>/dev/null
    [ -n "$now" ] || now=$(date +%s)
}

# One look: $status, $body and $chip, each empty where it cannot be read.
look() {
    status='' body='' chip=''
    if command -v dumpsys >/dev/null 2>&1; then
        read_from=$(dumpsys thermalservice 2>/dev/null | service)
        status=${read_from%% *} body=${read_from#* } chip=${read_from##* }
        body=${body% *}
        [ "$status" != - ] || status=
        [ "$chip" != - ] || chip=
        [ "$body" != - ] || body=$(dumpsys battery 2>/dev/null | battery)
        whole "$body" && [ "$body" -gt 0 ] || body=
    fi
    if [ -z "$chip" ]; then
        zones
        chip=$hottest
    fi
}

# Print the look taken after $1 seconds.
say() {
    line="look: $1"
    [ -n "$status" ] && severe "$status" && line="$line thermal $word"
    [ -n "$body" ] && line="$line body_celsius $((body / 10)).$((body % 10))"
    [ -n "$chip" ] && line="$line temperature_celsius $((chip / 10)).$((chip % 10))"
    echo "$line" || exit 1
}

# "cool", "hot" or "unknown" in $found, by every limit that can be held against something.
judge() {
    found=unknown
    for pair in "$status_limit:$status" "$body_limit:$body" "$chip_limit:$chip"; do
        case $pair in
        :* | *:) ;;
        *)
            [ "${pair#*:}" -le "${pair%:*}" ] || found=hot
            [ "$found" = hot ] || found=cool
            ;;
        esac
    done
}

for wish; do
    value=${wish#*=}
    case $wish in
    body_celsius=*) in_tenths "$value" || wrong "$wish: no temperature"; body_limit=$tenths ;;
    temperature_celsius=*) in_tenths "$value" || wrong "$wish: no temperature"; chip_limit=$tenths ;;
    thermal=*) severity "$value" || wrong "$wish: no thermal status"; status_limit=$number ;;
    wait_s=*) whole "$value" || wrong "$wish: no number of seconds"; wait_s=$value ;;
    every_s=*) whole "$value" && [ "$value" -gt 0 ] || wrong "$wish: no number of seconds"; every_s=$value ;;
    *) wrong "$wish: not known" ;;
    esac
done
[ -n "$body_limit$chip_limit$status_limit" ] || wrong 'nothing to wait for'

echo 'pocketbench-probe 1 cool'
clock
began=$now
while :; do
    look </dev/null
    clock
    spent=$((now - began))
    [ "$spent" -ge 0 ] || spent=$wait_s
    say "$spent"
    judge
    case $found in
    cool) echo 'end: cool'; exit 0 ;;
    unknown) echo 'end: unknown'; exit 3 ;;
    *) ;;
    esac
    if [ "$spent" -ge "$wait_s" ]; then
        echo 'end: late'
        exit 1
    fi
    pause=$((wait_s - spent))
    [ "$pause" -le "$every_s" ] || pause=$every_s
    sleep "$pause"
done
