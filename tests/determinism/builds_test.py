"""Debug, optimised, sanitized, link-time optimised and natively tuned builds print the same bytes."""
# labels: long
import os
import subprocess
import unittest

from same_bytes import ROOT, SHIPPED, printed

PRESETS = ("test", "dev", "asan", "release", "bench")


def built(preset):
    """The program of a preset, built when it is missing or old."""
    environment = os.environ | {"CCACHE_BASEDIR": str(ROOT), "CCACHE_NOHASHDIR": "1"}
    build = ["cmake", "--build", f"build/{preset}", "--parallel", str(os.cpu_count()), "--target", "programs"]
    for command in (["cmake", "--preset", preset], build):
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    return ROOT / "build" / preset / "bin" / "squall"


class SameBytes(unittest.TestCase):
    def test_in_every_build(self):
        programs = {preset: built(preset) for preset in PRESETS}
        for scenario in SHIPPED:
            for form in ("text", "json"):
                first = printed(programs[PRESETS[0]], scenario, "--format", form)
                for preset in PRESETS[1:]:
                    with self.subTest(scenario=scenario.name, form=form, preset=preset):
                        self.assertTrue(first == printed(programs[preset], scenario, "--format", form))


if __name__ == "__main__":
    unittest.main()
