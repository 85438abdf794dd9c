"""
The policy pack: Pulumi's analyzer protocol on one side, the judge on the other.

It speaks the engine's gRPC protocol itself instead of building on pulumi_policy's PolicyPack, which (1) turns a whole
mandatory policy into one advisory line at the first unknown value, (2) reads every resource again for each policy, (3)
knows one level and severity per policy where ours depend on the resource's account, and (4) keeps its servicer private.
Each rule is still a Pulumi policy with its own name, level, severity, remediation and URL.
"""

from __future__ import annotations

import datetime as dt
import gc
import hashlib
import json
import os
import signal
import sys
import threading
from concurrent import futures
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import grpc
from google.protobuf import empty_pb2, struct_pb2
from google.protobuf.json_format import MessageToDict
from grantgate.kinds import RULES_VARIABLE, RUN_VARIABLE
from pulumi.runtime import proto
from pulumi.runtime.proto import analyzer_pb2_grpc

from grantgate_policies import notices, wire
from grantgate_policies.core import Finding, Level, Outcome, Severity
from grantgate_policies.handed_in import stand_in
from grantgate_policies.journal import VARIABLE as FINDINGS_VARIABLE
from grantgate_policies.journal import Journal, opening, refusal, waiver_json
from grantgate_policies.judge import Judge
from grantgate_policies.overrides import CONFIG_VARIABLE, Overrides, OverridesError, named_in
from grantgate_policies.release import pack_version
from grantgate_policies.rulebook import RuleBook, RulesFileError
from grantgate_policies.rulesfile import read_rules
from grantgate_policies.standing import Moment
from grantgate_policies.subjects import judged, witnessed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from grantgate_policies.core import Resource, Rule

PACK_NAME: Final = "grantgate"
NOTHING_HERE: Final = "about other resources"
_MESSAGE_BYTES: Final = 400 * 1024 * 1024  # the SDK's own limit: AnalyzeStack carries the whole stack in one message
_YOUNG: Final = 100_000
"""How many new objects the collector of cycles waits for; reading a list of a thousand things makes ten thousand."""
_LEVELS: Final = {
    Level.ADVISORY: proto.ADVISORY,
    Level.MANDATORY: proto.MANDATORY,
    Level.DISABLED: proto.DISABLED,
    Level.REMEDIATE: proto.REMEDIATE,
}
_SEVERITIES: Final = {
    Severity.LOW: proto.POLICY_SEVERITY_LOW,
    Severity.MEDIUM: proto.POLICY_SEVERITY_MEDIUM,
    Severity.HIGH: proto.POLICY_SEVERITY_HIGH,
    Severity.CRITICAL: proto.POLICY_SEVERITY_CRITICAL,
}


class _Asked(NamedTuple):
    """A resource that the engine asked about by itself, and what it showed of it; see ``_shown_as``."""

    shown: tuple[Any, ...]
    resource: Resource


class Analyzer(proto.AnalyzerServicer):
    """Answers the engine; one judge serves every resource of the run."""

    def __init__(
        self, rulebook: RuleBook, journal: Journal, *, now: dt.datetime, stack: str = "", run: str = ""
    ) -> None:
        self._journal = journal
        self._judge = Judge(rulebook, stack, now.date(), moment=Moment(run, now))
        self._rulebook = rulebook
        self._version = pack_version()
        self._nothing = proto.AnalyzeResponse()
        self._published: dict[str, Level] = {}
        self._asked_for: dict[str, _Asked] = {}
        self._elsewhere = {
            rule.name: proto.PolicyNotApplicable(policy_name=rule.name, reason=NOTHING_HERE)
            for rule in self._judge.rules
        }
        self._nothing.not_applicable.extend(self._elsewhere.values())

    # --- what the pack is ---------------------------------------------------------------------------------------------

    def GetAnalyzerInfo(self, request: Any, context: Any) -> Any:
        """Describe every rule as a policy."""
        info = proto.AnalyzerInfo(
            name=PACK_NAME,
            displayName="grantgate",
            version=self._version,
            supportsConfig=True,
            description="S3 Access Grants and Multi-Region Access Points against the organization's rules file",
        )
        for rule in self._judge.rules:
            effective = self._rulebook.effective(rule, None, self._judge.stack)
            self._published[rule.name] = effective.level
            policy = info.policies.add(
                name=rule.name,
                displayName=f"{rule.id} {rule.name}",
                description=rule.summary,
                # Levels depend on the account, so every diagnostic carries its own; this one is the stack's.
                enforcementLevel=_LEVELS[effective.level],
                severity=_SEVERITIES[effective.severity],
                policy_type=proto.POLICY_TYPE_STACK if rule.gather else proto.POLICY_TYPE_RESOURCE,
                remediation_steps=rule.fix,
                url=rule.url,
                tags=[rule.id],
            )
            if rule.settings:
                # Without defaults: the engine would send them back as if somebody had set them, over the rules file's.
                policy.configSchema.properties.update(
                    {
                        name: {key: value for key, value in fragment.items() if key != "default"}
                        for name, fragment in rule.settings.items()
                    }
                )
        return info

    def GetPluginInfo(self, request: Any, context: Any) -> Any:
        """Give the release."""
        return proto.PluginInfo(version=self._version)

    def Configure(self, request: Any, context: Any) -> Any:
        """Take `--policy-pack-config`; a name or key that means nothing is an error, not silence."""
        given = {
            name: (_level(entry.enforcementLevel), MessageToDict(entry.properties))
            for name, entry in request.policyConfig.items()
        }
        try:
            overrides = Overrides.checked(
                given, self._published, named_in(os.environ.get(CONFIG_VARIABLE, "")), self._judge.rules
            )
        except OverridesError as error:
            self._journal.event("refused", text=str(error))
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, f"grantgate: {error}")
            raise  # abort has raised already; type checkers do not know
        self._judge = replace(self._judge, levels=overrides.levels, settings=overrides.settings, _standings={})
        if overrides.levels:
            levels = {name: level.value for name, level in sorted(overrides.levels.items())}
            self._journal.event("configured", levels=levels)
        return empty_pb2.Empty()

    def ConfigureStack(self, request: Any, context: Any) -> Any:
        """Learn the stack's name, which may choose an environment."""
        moment = replace(self._judge.moment, preview=bool(request.dry_run))
        self._judge = replace(self._judge, stack=request.stack or self._judge.stack, moment=moment, _standings={})
        self._journal.event(
            "start",
            pack=self._version,
            rulesFile=self._rulebook.path,
            rulesDigest=self._rulebook.digest,
            organization=self._rulebook.organization.name,
            project=request.project,
            stack=self._judge.stack,
            preview=bool(request.dry_run),
        )
        return proto.AnalyzerStackConfigureResponse()

    def Cancel(self, request: Any, context: Any) -> Any:
        """Acknowledge: a judgement takes well under a millisecond and is not interrupted."""
        return empty_pb2.Empty()

    # --- judging ------------------------------------------------------------------------------------------------------

    def Analyze(self, request: Any, context: Any) -> Any:
        """Judge one resource by itself, before the engine creates or updates it."""
        if not witnessed(request.type):
            return self._nothing
        resource = _resource(request)
        self._asked_for[resource.urn] = _Asked(_shown_as(request), resource)
        findings = self._judge.findings(resource)
        self._journal.findings(findings)
        return self._response(findings, [rule for rule in self._judge.rules if not rule.gather])

    def AnalyzeStack(self, request: Any, context: Any) -> Any:
        """Judge what only the whole stack shows, and close the run: it was seen, and who needed no waiver."""
        resources = [self._planned(item) for item in request.resources if witnessed(item.type)]
        findings = self._judge.stack_findings(resources)
        self._journal.findings(findings)
        seen = sorted(resource.urn for resource in resources if judged(resource.type))
        self._journal.event(
            "stack",
            judged=seen,
            resources=len(request.resources),
            findings=len(findings),
            unusedWaivers=[waiver_json(waiver) for waiver in self._judge.unused_waivers()],
            notices=[
                *(
                    notices.waivers(self._rulebook, self._judge.used, self._judge.today)
                    if seen
                    else notices.endings(self._rulebook, self._judge.today)
                ),
                *notices.nothing_found(resources),
            ],
        )
        return self._response(findings, [rule for rule in self._judge.rules if rule.gather])

    def Remediate(self, request: Any, context: Any) -> Any:
        """Put right what rules at the level ``remediate`` know the one value for; everything else stays as it is."""
        response = proto.RemediateResponse()
        if not judged(request.type) or not self._judge.puts_right():
            return response
        properties = struct_pb2.Struct()
        properties.CopyFrom(request.properties)
        resource = _resource(request)
        for rule, changed in self._judge.remedies(resource):
            # Only what changes is replaced, and a secret stays one: everything else keeps its marks.
            secret = resource.secret_props
            properties.update({name: wire.rewrapped(value, secret=name in secret) for name, value in changed.items()})
            remediation = response.remediations.add(
                policyName=rule.name,
                policyPackName=PACK_NAME,
                policyPackVersion=self._version,
                description=rule.summary,
            )
            remediation.properties.CopyFrom(properties)
            told = {
                name: [wire.MASKED] * 2 if name in secret else [_shown(resource.props.get(name)), _shown(value)]
                for name, value in sorted(changed.items())
            }
            self._journal.event("remedied", rule=rule.id, name=rule.name, urn=request.urn, properties=told)
        return response

    def _planned(self, request: Any) -> Resource:
        """
        Complete the outputs, of which many are unknown in a preview, with the inputs that were judged before.

        A lookup's outputs are its inputs: what is shown again to the last byte is not read again.
        """
        asked = self._asked_for.get(request.urn)
        if asked is None:
            return _resource(request)
        if asked.shown != _shown_as(request):
            return wire.completed(asked.resource, _resource(request))
        made_from = _made_from(request)
        return replace(asked.resource, made_from=made_from) if made_from else asked.resource

    def _response(self, findings: Sequence[Finding], asked: Iterable[Rule]) -> Any:
        """Answer with what the rules said, and for each that was asked and said nothing with the reason why."""
        response = proto.AnalyzeResponse()
        applicable = {finding.rule.name for finding in findings if finding.outcome is not Outcome.NOT_APPLICABLE}
        reasons = {finding.rule.name: finding.message for finding in reversed(findings)}
        response.not_applicable.extend(
            proto.PolicyNotApplicable(policy_name=rule.name, reason=reasons[rule.name])
            if rule.name in reasons
            else self._elsewhere[rule.name]
            for rule in asked
            if rule.name not in applicable
        )
        response.diagnostics.extend(self._diagnostics(findings))
        return response

    def _diagnostics(self, findings: Iterable[Finding]) -> Iterable[Any]:
        for finding in findings:
            text = diagnostic_text(finding, preview=self._judge.moment.preview)
            if text:
                yield proto.AnalyzeDiagnostic(
                    policyName=finding.rule.name,
                    policyPackName=PACK_NAME,
                    policyPackVersion=self._version,
                    description=finding.rule.summary,
                    message=f"{finding.rule.summary}\n{text}",
                    enforcementLevel=proto.MANDATORY if finding.blocks else proto.ADVISORY,
                    severity=_SEVERITIES[finding.severity],
                    urn=finding.resource.urn,
                )


def diagnostic_text(finding: Finding, *, preview: bool = True) -> str:
    """Say in the engine's own output what became of a rule; empty when there is nothing to say."""
    head = opening(finding)  # by which proof.py knows the outcome again
    if finding.outcome is Outcome.FAIL:
        late = (
            " It was judged after the update, which it could not prevent." if _is_late(finding, preview=preview) else ""
        )
        return f"{head}{finding.message}. Fix: {finding.edit or finding.rule.fix}{late}"
    if finding.outcome is Outcome.WAIVED:
        return f"{head}{finding.waiver}: {finding.message}"
    if finding.outcome is Outcome.ERROR:
        return f"{head}{finding.message}. Nothing was let through; report it to the rule's authors"
    return f"{head}{finding.message}" if head else ""


def _shown(value: Any) -> str:
    """Give a property's value as text, whatever it holds; what is not known yet says so."""
    return value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)


def _is_late(finding: Finding, *, preview: bool) -> bool:
    return finding.rule.gather is not None and not preview


def _resource(request: Any) -> Resource:
    provider = request.provider if request.HasField("provider") else None
    made = wire.resource(
        urn=request.urn,
        resource_type=request.type,
        name=request.name,
        props=wire.from_struct(request.properties),
        provider_props=wire.from_struct(provider.properties) if provider else None,
        made_from=_made_from(request),
    )
    # The engine shows no policy what a program pickled, only whom it asks to load that.
    found = stand_in(request.type, provider.urn if provider else "")
    return replace(made, stand_in=found) if found else made


def _made_from(request: Any) -> dict[str, tuple[str, ...]]:
    """Give the resources that properties were made of; one that is shown by itself comes without them."""
    origins = getattr(request, "propertyDependencies", {})
    return {name: tuple(origin.urns) for name, origin in origins.items() if origin.urns}


def _shown_as(request: Any) -> tuple[Any, ...]:
    """Give everything that a resource is read from, but for its URN and what it was made of, for comparison."""
    properties = request.properties.SerializeToString(deterministic=True)
    provider = request.provider.SerializeToString(deterministic=True)
    return request.type, request.name, hashlib.sha256(properties).digest(), provider


def _level(number: int) -> Level | None:
    return next((level for level, kind in _LEVELS.items() if kind == number), None)


def serve(rulebook: RuleBook, journal: Journal, environment: Mapping[str, str]) -> None:
    """Serve the engine until it ends the process; the first line on stdout is the port, as the engine expects."""
    keep_what_is_loaded()
    analyzer = Analyzer(
        rulebook,
        journal,
        now=dt.datetime.now(dt.UTC),
        stack=environment.get("PULUMI_STACK", ""),
        run=environment.get(RUN_VARIABLE, ""),
    )
    server = grpc.server(
        futures.ThreadPoolExecutor(max_workers=4), options=[("grpc.max_receive_message_length", _MESSAGE_BYTES)]
    )
    analyzer_pb2_grpc.add_AnalyzerServicer_to_server(analyzer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    ended.wait()
    server.stop(grace=None)


def keep_what_is_loaded() -> None:
    """Let the collector pass over all modules, which never go, and look less often: else it walks them every time."""
    gc.freeze()
    gc.set_threshold(_YOUNG)


def main(rules: Path) -> None:
    """
    Start the pack with the rules file ``rules``, or the one that GRANTGATE_RULES names.

    A rules file with a fault stops the pack, and so the run: a gate that cannot read its rules lets nothing through.
    """
    findings = os.environ.get(FINDINGS_VARIABLE)
    try:
        journal = Journal(Path(findings) if findings else None)
    except OSError as error:
        sys.exit(f"grantgate: {refusal(Path(findings or ''), error)}")
    path = Path(os.environ.get(RULES_VARIABLE) or rules)
    try:
        rulebook = read_rules(path)
    except RulesFileError as error:
        text = f"the rules file cannot be used, so nothing is let through:\n{error}"
        journal.event("refused", text=text)
        sys.stderr.write(f"grantgate: {text}\n")
        sys.exit(2)
    serve(rulebook, journal, os.environ)
