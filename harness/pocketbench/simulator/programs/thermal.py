"""``dumpsys thermalservice`` and ``cmd thermalservice``."""

from pocketbench.simulator.programs.call import Call
from pocketbench.simulator.state.heat import Heat, Reading
from pocketbench.simulator.state.profile import SENSOR_TYPES

# android.hardware.thermal.TemperatureType: cpu 0, gpu 1, battery 2, skin 3 …
TYPES = {name: number for number, name in enumerate(SENSOR_TYPES)}
NONE = "NaN, NaN, NaN, NaN, NaN, NaN, NaN"


async def thermal_dump(call: Call) -> None:
    """``dumpsys thermalservice``."""
    heat, now = call.phone.heat, call.phone.seconds()
    readings = heat.readings(now)
    temperatures = "".join(f"\t{_temperature(reading)}\n" for reading in readings)
    thresholds = "".join(f"\t{_threshold(reading)}\n" for reading in readings if reading.sensor.thresholds)
    await call.say(
        f"IsStatusOverride: {str(heat.overridden is not None).lower()}\n"
        "ThermalEventListeners:\n\tcallbacks: 1\n\tkilled: false\n\tbroadcasts count: -1\n"
        "ThermalStatusListeners:\n\tcallbacks: 2\n\tkilled: false\n\tbroadcasts count: -1\n"
        f"Thermal Status: {heat.status(now)}\n"
        f"Cached temperatures:\n{temperatures}"
        "HAL Ready: true\nHAL connection:\n\tThermalHAL AIDL 1  connected: yes\n"
        f"Current temperatures from HAL:\n{temperatures}"
        f"Current cooling devices from HAL:\n\tCoolingDevice{{mValue={_steps(heat)}, mType=2, mName=cpufreq-cpu0}}\n"
        f"Temperature static thresholds from HAL:\n{thresholds}".rstrip("\n")
    )


async def thermal(call: Call) -> None:
    """``cmd thermalservice override-status STATUS | reset``."""
    heat = call.phone.heat
    if call.words[:1] == ("reset",):
        heat.overridden = None
    elif call.words[:1] == ("override-status",) and call.words[1:] and call.words[1] in tuple("0123456"):
        heat.overridden = int(call.words[1])
    else:
        raise await call.fail("Thermal service (thermalservice) commands:\n  override-status STATUS\n  reset", 255)


def _temperature(reading: Reading) -> str:
    """One sensor's line."""
    return f"Temperature{{mValue={reading.celsius:.1f}, mType={TYPES[reading.sensor.type]}, mName={reading.sensor.name}, mStatus={reading.status}}}"


def _threshold(reading: Reading) -> str:
    """From where on a sensor throttles: Android's first place is for status none."""
    hot = ", ".join(["NaN", *(str(value) for value in reading.sensor.thresholds or ())])
    sensor = f"mType={TYPES[reading.sensor.type]}, mName={reading.sensor.name}"
    return f"TemperatureThreshold{{{sensor}, mHotThrottlingThresholds=[{hot}], mColdThrottlingThresholds=[{NONE}]}}"


def _steps(heat: Heat) -> int:
    """How far the processor is held back, in steps of a tenth."""
    return 0 if heat.throttled is None else round(10 * (1 - heat.throttled))
