#!/usr/bin/env python3
"""A topology of istio/tools' isotope as a scenario, on standard output.

    convert.py TOPOLOGY [--replicas N] [--rate R] [--latency D] [--duration D]

A service becomes a workload with its `numReplicas`: a `script`'s calls its calls, a list of them within the
script a parallel group, its sleeps its latency, `errorRate` errors with status 500. A topology does not
say how much work a service does, so --latency does. What a run has no use for is left out: sizes of requests
and answers, which take no time, the cluster, the type and policies. The load is open, to the entry point.
"""
import argparse
import fractions
import pathlib
import re
import sys

import yaml

LEFT_OUT = {"requestSize", "responseSize", "numRbacPolicies", "type", "cluster"}
KNOWN = LEFT_OUT | {"name", "namespace", "isEntrypoint", "numReplicas", "errorRate", "script"}
UNITS = {"us": 1, "ms": 1_000, "s": 1_000_000, "m": 60_000_000}


def refuse(what):
    sys.exit(f"convert.py: {what}")


def microseconds(text):
    parts = re.findall(r"([0-9.]+)(us|ms|s|m)", text)
    if "".join(number + unit for number, unit in parts) != text or not parts:
        refuse(f'"{text}" is no duration such as 10ms')
    return sum(int(fractions.Fraction(number) * UNITS[unit]) for number, unit in parts)


def full_name(service):
    namespace = service.get("namespace")
    return f"{service['name']}.{namespace}" if namespace else service["name"]


def call_of(command, names):
    if isinstance(command, str):
        command = {"service": command}
    unknown = command.keys() - {"service", "hostname", "size", "probability"}
    if unknown:
        refuse(f'a call has "{min(unknown)}", which is not known')
    if command["service"] not in names:
        refuse(f'no service is called "{command["service"]}"')
    chance = f", probability: {command['probability']}%" if command.get("probability") else ""
    return f"{{to: http://{names[command['service']]}/{chance}}}"


def steps_of(script, names):
    """(calls, microseconds of sleep)"""
    calls, slept = [], 0
    for step in script:
        if isinstance(step, list):
            if any(set(one) != {"call"} for one in step):
                refuse("only calls can stand in a parallel group")
            calls.append(f"{{parallel: [{', '.join(call_of(one['call'], names) for one in step)}]}}")
        elif set(step) == {"call"}:
            calls.append(call_of(step["call"], names))
        elif set(step) == {"sleep"}:
            slept += microseconds(step["sleep"])
        else:
            refuse(f'a step is "{min(step)}", neither a call nor a sleep')
    return calls, slept


def workload(service, defaults, names, options):
    said = {**defaults, **service}
    unknown = said.keys() - KNOWN
    if unknown:
        refuse(f'"{min(unknown)}" of {service["name"]} is not known')
    calls, slept = steps_of(said.get("script", []), names)
    fields = [f"replicas: {options.replicas or said.get('numReplicas', 1)}",
              f"latency: {microseconds(options.latency) + slept}us"]
    if said.get("errorRate"):
        fields.append(f"errors: {{ratio: {said['errorRate']}, status: 500}}")
    text = f"    {full_name(service)}: {{{', '.join(fields)}"
    return f"{text}, calls: [{', '.join(calls)}]}}\n" if calls else f"{text}}}\n"


def scenario(topology, name, options):
    defaults, services = topology.get("defaults", {}), topology["services"]
    names = {one["name"]: full_name(one) for one in services}
    entries = [full_name(one) for one in services if one.get("isEntrypoint")]
    if len(entries) != 1:
        refuse(f"{len(entries)} services are the entry point, not one")
    return ("# Made by convert.py of a topology of istio/tools' isotope, under the Apache License 2.0; see README.md.\n"
            f"# {name}: {len(services)} services.\n"
            "apiVersion: squall.dev/v1\nkind: Scenario\n"
            f"metadata: {{name: {name}}}\n"
            f"spec:\n  duration: {options.duration}\n  workloads:\n"
            + "".join(workload(one, defaults, names, options) for one in services)
            + f"  load:\n    - {{name: clients, from: outside, to: http://{entries[0]}/, rate: {options.rate}}}\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("topology", type=pathlib.Path)
    parser.add_argument("--replicas", type=int, help="of every service, instead of the topology's")
    parser.add_argument("--rate", default="100/s")
    parser.add_argument("--latency", default="1ms", help="of every service, besides its sleeps")
    parser.add_argument("--duration", default="60s")
    options = parser.parse_args()
    topology = yaml.safe_load(options.topology.read_text())
    sys.stdout.write(scenario(topology, options.topology.stem, options))


if __name__ == "__main__":
    main()
