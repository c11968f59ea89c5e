"""How each rule was broken on purpose: the product's text, what it was changed to, and the tests that noticed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Edit:
    """In `file`, `old` (it stands there exactly once) becomes `new`."""

    file: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Mutation:
    """rule: its number. what: the defect, in words. edits: usually one; more where a rule is guarded twice.

    test: the part of a test's name that must fail (pytest -k).
    """

    rule: int
    what: str
    test: str
    edits: tuple[Edit, ...]


def _one(rule: int, what: str, test: str, file: str, old: str, new: str) -> Mutation:
    return Mutation(rule, what, test, (Edit(file, old, new),))


MUTATIONS = (
    _one(
        1, "etcd is begun on the highest address", "test_rule_01_etcd_is_begun_on_the_lowest",
        "steps/etcd_pin.py", "return site.control_planes[0].name", "return site.control_planes[-1].name",
    ),
    _one(
        1, "the node is not pinned before the call", "test_rule_01_etcd_is_begun_on_the_lowest",
        "steps/etcd.py", "if attempt.memory.pins.get(ETCD_NODE) != chosen:", "if False:",
    ),
    _one(
        1, "the pinned node is forgotten", "test_rule_01_a_call_in_doubt",
        "steps/etcd_pin.py", "if pinned is not None and not lost_pin(site, memory):", "if False:",
    ),
    _one(
        1, "the replacement of a pinned node is not asked for", "test_rule_01_a_pinned_node_that_is_gone",
        "steps/survey_destruction.py", "if lost_pin(site, memory) and not await _etcd_seen(site):", "if False:",
    ),
    _one(
        1, "learners count as members", "test_rule_01_done_means",
        "steps/etcd_members.py",
        "if learners := [other for other, member in by_name.items() if member.learner]:", "if learners := []:",
    ),
    _one(
        1, "absent control planes are not asked", "test_rule_01_no_etcd_is_begun_while",
        "steps/etcd.py", "for node in site.cluster.control_planes:", "for node in site.control_planes:",
    ),
    _one(
        2, "any MAC will do", "test_rule_02_a_stranger",
        "steps/survey_machines.py", "if node.mac in (mac.lower() for mac in machine.macs):", "if True:",
    ),
    _one(
        2, "the MAC is compared in the preflight only", "test_rule_02_a_machine_that_is_swapped",
        "steps/machine_config.py",
        "if sentence := wrong_mac(node, machine):\n        raise Refused",
        'if sentence := "":\n        raise Refused',
    ),
    _one(
        2, "kube-system's UID is not compared", "test_rule_02_another_cluster_behind",
        "steps/credentials.py", "if pinned != uid:", "if False:",
    ),
    _one(
        2, "the CA of a fetched kubeconfig is not compared", "test_rule_02_a_kubeconfig_with_another_ca",
        "steps/credentials.py",
        "if kubeconfig_fingerprint(fetched) != (await site.identity()).ca_fingerprint:", "if False:",
    ),
    _one(
        3, "what failed releases what needs it", "test_rule_03",
        "bootstrap/runner.py", "if outcome.ending in HELD:", "if True:",
    ),
    _one(
        3, "guards can be accepted by name", "test_rule_03_what_guards",
        "bootstrap/selection.py", "if graph.steps[id].guarded", "if False",
    ),
    _one(
        3, "--skip leaves out the step alone", "test_rule_03_what_is_skipped",
        "bootstrap/selection.py",
        "left_out = graph.downstream(_ids(graph, selection.skip))", "left_out = frozenset(_ids(graph, selection.skip))",
    ),
    _one(
        3, "what is needed but not selected is acted on", "test_rule_03_a_step_that_is_needed",
        "bootstrap/life.py", "act = step.act if choice.mode is Mode.RUN else None", "act = step.act",
    ),
    _one(
        4, "the record is trusted instead of the world", "test_rule_04_the_record",
        "bootstrap/life.py",
        "if isinstance(verdict, Holds):\n        return verdict if served",
        "if served:\n        return verdict if isinstance(verdict, Holds) else Holds()\n"
        "    if isinstance(verdict, Holds):\n        return verdict if served",
    ),
    _one(
        4, "a release that a stop left unfinished is not repaired", "test_rule_04_stopped",
        "steps/release.py", 'if status.status.startswith("pending-") else ""', 'if False else ""',
    ),
    _one(
        5, "secret values stand in the evidence", "test_rule_05_no_value",
        "steps/secrets_resolved.py", '"references": len(values)', '"references": [v.reveal() for v in values.values()]',
    ),
    _one(
        5, "a kubeconfig stands in the journal", "test_rule_05_no_value",
        "steps/credentials.py",
        'return f"wrote {files.kubeconfig} and {files.talosconfig}"', "return fetched.reveal()",
    ),
    _one(
        6, "an act does not look at the lease", "test_rule_06_after_the_lease",
        "bootstrap/attempting.py", "            assure(self._here.lease)\n", "",
    ),
    _one(
        6, "there is no heartbeat", "test_rule_06_a_run_that_only_waits",
        "bootstrap/runner.py", "                self._beat()\n", "                pass\n",
    ),
    _one(
        6, "a run without lease writes on", "test_rule_06_a_run_that_only_waits",
        "bootstrap/runner.py",
        "except Permanent as lost:\n                self._recorder.detached = True\n", "except Permanent as lost:\n",
    ),
    _one(
        6, "the command takes no lease", "test_rule_06_the_command_refuses",
        "operations/record_keeping.py",
        "estate=estate, clock=SystemClock())\n    lease.acquire()\n", "estate=estate, clock=SystemClock())\n",
    ),
    _one(
        7, "the preflight asks nothing", "test_rule_07_a_no_is_a_no",
        "steps/preflight.py", "    if asked:\n", "    if False:\n",
    ),
    _one(
        7, "the answer is not heard", "test_rule_07_a_no_is_a_no",
        "steps/preflight.py",
        "if not await _agreed(site, items):",
        "if await _agreed(site, items) is None:",
    ),
    _one(
        7, "a disk is overwritten unasked", "test_rule_07_data_that_appears",
        "steps/machine_config.py",
        "if destroyed is not None and destroyed.key not in memory.consents:", "if False:",
    ),
    _one(
        7, "consent outlives its run", "test_rule_07_consent_ends",
        "bootstrap/record.py", "self.memory = replace(self.memory, consents=frozenset())", "pass",
    ),
    _one(
        7, "a protected cluster is like any other", "test_rule_07_without_a_terminal",
        "bootstrap/consent.py", "if protected and not (terminal and yes_destroy):", "if False:",
    ),
    _one(
        8, "the preflight takes machines of another PKI", "test_rule_08_with_another_pki",
        "steps/survey_machines.py",
        "    if machine.state is State.FOREIGN:\n"
        "        return [Finding.problem(node.name, *foreign(node), refused=True)]\n",
        "",
    ),
    Mutation(
        8, "neither preflight nor node_reachable know another PKI", "test_rule_08_with_another_pki",
        (
            Edit(
                "steps/survey_machines.py",
                "    if machine.state is State.FOREIGN:\n"
                "        return [Finding.problem(node.name, *foreign(node), refused=True)]\n",
                "",
            ),
            Edit(
                "steps/machine_config.py",
                "    if machine.state is State.FOREIGN:\n        return Never(*foreign(node), refused=True)\n"
                '    return Holds({"state": machine.state.value})\n',
                '    return Holds({"state": machine.state.value})\n',
            ),
        ),
    ),
    _one(
        9, "only the first problem is listed", "test_rule_09_every_problem",
        "steps/preflight.py", "for f in findings.final]", "for f in findings.final[:1]]",
    ),
    Mutation(
        9, "nothing waits for the preflight", "test_rule_09_one_problem",
        (
            Edit(
                "steps/pipeline.py",
                'secrets_resolved(site, needs=("preflight",))', "secrets_resolved(site, needs=())",
            ),
            Edit(
                "steps/pipeline.py",
                'node_reachable(site, node, needs=("preflight",))', "node_reachable(site, node, needs=())",
            ),
        ),
    ),
    _one(
        10, "Flux owns nothing", "test_rule_10",
        "steps/release.py",
        "return any(_installs(owner, release) for owner in await kubernetes.list(HELM_RELEASE))", "return False",
    ),
    _one(
        11, "undefined variables are empty", "test_rule_11_a_template",
        "tree/minijinja.py", "undefined=StrictUndefined,", "undefined=Undefined,",
    ),
    _one(
        11, "images may be empty", "test_rule_11_a_template",
        "tree/machine_config.py", "if not isinstance(image, str) or not _IMAGE.fullmatch(image):", "if False:",
    ),
    _one(
        11, "a control plane needs no etcd CA", "test_rule_11_a_template",
        "tree/machine_config.py", '    "cluster.etcd.ca.crt",\n', "",
    ),
    _one(
        11, "secrets may be empty", "test_rule_11_an_empty_secret",
        "steps/secrets_resolved.py", "    if empty:\n", "    if False:\n",
    ),
    _one(
        12, "steps have ten times their deadline", "test_rule_12_what_never_heals",
        "bootstrap/life.py",
        "return min(here.clock.now() + step.deadline_s, here.deadline)",
        "return min(here.clock.now() + 10 * step.deadline_s, here.deadline)",
    ),
    _one(
        12, "the command has no deadline", "test_rule_12_the_command",
        "bootstrap/life.py",
        "return min(here.clock.now() + step.deadline_s, here.deadline)", "return here.clock.now() + step.deadline_s",
    ),
    _one(
        12, "the inventory's deadlines are not read", "test_rule_12_the_inventory",
        "steps/bounds.py", "deadline_s=limits.deadlines.get(step.name, step.deadline_s)", "deadline_s=step.deadline_s",
    ),
    _one(
        13, "drift is repaired unasked", "test_rule_13_drift_is_seen",
        "steps/machine_config.py", "if drift and node.name in site.options.apply_drift:", "if drift:",
    ),
    Mutation(
        13, "a running member is changed", "test_rule_13_drift_is_seen",
        (
            Edit("steps/machine_config.py", "if drift and node.name in site.options.apply_drift:", "if drift:"),
            Edit("steps/machine_config.py", "elif node.name not in site.options.apply_drift:", "elif False:"),
        ),
    ),
    _one(
        13, "asked for drift lowers versions", "test_rule_13_asked_for_drift",
        "steps/machine_config.py", "    if lower:\n", "    if False:\n",
    ),
    _one(
        13, "a release is lowered", "test_rule_13_a_release",
        "steps/release.py", "if older(release.version, status.version):", "if False:",
    ),
    _one(
        13, "drift of many nodes at once", "test_rule_13_drift_is_applied_to_one_node_at",
        "operations/request.py", "if len(drift) > 1:", "if False:",
    ),
    _one(
        13, "plan does not show drift", "test_upgraded",
        "operations/plan.py", 'return CHANGES_PENDING if states - {"true"} or found else DONE',
        'return CHANGES_PENDING if states - {"true"} else DONE',
    ),
    _one(
        14, "exceptions have no exit code", "test_rule_14",
        "bootstrap/runner.py", "return 4 if exceptions else 0", "return 0",
    ),
    _one(
        14, "absent nodes are not named", "test_rule_14",
        "bootstrap/runner.py",
        "exceptions = absent + tuple(text for outcome in", "exceptions = tuple(text for outcome in",
    ),
    _one(
        14, "what was not ready at the deadline is not named", "test_rule_14_an_app",
        "bootstrap/settling.py", '(f"{self._step.id}: {reason}",)', "()",
    ),
    _one(
        14, "accepted gates are not named", "test_rule_14",
        "bootstrap/life.py",
        'return Outcome(Ending.ACCEPTED, exceptions=(f"{step.id} accepted ({reason}); found: {found}",))',
        "return Outcome(Ending.ACCEPTED)",
    ),
    _one(
        14, "empty volumes are not named", "test_rule_14",
        "readiness/volumes.py", "tuple(volume.exception for volume in volumes if volume.exception),", "(),",
    ),
)  # fmt: skip
