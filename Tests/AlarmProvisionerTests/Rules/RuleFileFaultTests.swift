import Basics
import Testing

@testable import AlarmProvisioner

/// What is wrong in a file of rules is told whole, with its place.
@Suite struct RuleFileFaultTests {
    @Test(arguments: [
        (
            "metric: Errors, stat: Sum",
            "threshold is not set, expected a comparison, such as \"> 80\" or \"> 0.9 * timeout_ms\""
        ),
        (
            "metric: Errors, threshold: \"> 1\"",
            """
            stat is not set, expected Average, Sum, Minimum, Maximum, SampleCount, a percentile such as p99.9, or \
            another extended one such as tm90
            """
        ),
        ("metric: E, stat: Sums, threshold: \"> 1\"", "stat: there is no statistic Sums, did you mean Sum?"),
        ("metric: E, stat: avg, threshold: \"> 1\"", "stat: there is no statistic avg, did you mean Average?"),
        (
            "metric: E, stat: Sum, threshold: \"> timeout\"",
            "threshold: \"> timeout\": character 3: there is no fact timeout, did you mean timeout_ms?"
        ),
        (
            "metric: E, stat: Sum, threshold: 80",
            """
            threshold: \"80\": character 1: expected >, >=, < or <= and a number or a formula, such as > 80 or > 0.9 \
            * timeout_ms
            """
        ),
        (
            "metric: E, stat: Sum, treshold: \"> 1\"",
            """
            threshold is not set, expected a comparison, such as \"> 80\" or \"> 0.9 * timeout_ms\"\nrules.yaml, \
            line 2: rules[0](r).treshold: unknown key, did you mean threshold?
            """
        ),
        (
            "metric: E, stat: Sum, threshold: \"> 1\", datapoints: 5 of 3",
            """
            datapoints is \"5 of 3\", expected how many of how many periods must breach, such as 3 of 5, or 3 for 3 \
            of 3
            """
        ),
        (
            "metric: E, stat: Sum, threshold: \"> 1\", period: 45s",
            "period is \"45s\", expected 10s, 20s, 30s or whole minutes up to 24h, such as 1m or 5m"
        ),
        (
            "metric: E, stat: Sum, threshold: \"> 1\", missing: never",
            "missing is \"never\", expected one of missing, ignore, breaching, notBreaching"
        ),
        (
            "metric: E, stat: Sum, threshold: \"> 1\", datapoints: 25, period: 59m",
            "datapoints: 25 periods of 59 m are 24 h 35 m: CloudWatch looks back 24 h with such periods"
        ),
        (
            "metric: E, stat: Sum, threshold: \"> 1\", datapoints: 169, period: 1h",
            "datapoints: 169 periods of 1 h are 7 d 1 h: CloudWatch looks back 7 d with such periods"
        ),
        (
            "metric: E, stat: Sum, threshold: \"> 1\", anomaly: 2",
            "threshold is \"> 1\", expected nothing, since anomaly sets a band"
        ),
        (
            "metric: E, stat: Sum, threshold: \"> 1\", warm-up: 90s",
            "warm-up is \"90s\", expected whole minutes, such as 10m"
        ),
        (
            "metric: E, stat: Sum, threshold: \"> 1\", warm-up: 49h",
            "warm-up is \"49h\", expected whole seconds from 1 m to 2 d"
        ),
        (
            "metric: E, stat: Sum, threshold: \"> 1\", wall-clock: Europe/Berln",
            "wall-clock is \"Europe/Berln\", expected an IANA name such as Europe/Berlin, or an offset such as +05:30"
        ),
        (
            "metric: E, stat: Sum, threshold: \"> 1\", alarm-name: \"{nam}\"",
            "alarm-name: there is no {nam}, did you mean {name}?"
        ),
        (
            "metric: E, stat: Sum, threshold: \"> 1\", group-by: team",
            "group-by is \"team\", expected nothing without style: fleet"
        ),
        ("metric: E, stat: Sum, threshold: \"> 1\", style: flet", "style is \"flet\", expected one of resource, fleet"),
        (
            "metric: E, stat: Sum, threshold: \"> 1\", actions: {alarm: topic}",
            "actions.alarm is \"topic\", expected an ARN, such as arn:aws:sns:{region}:{account}:alarms"
        ),
        (
            "metric: E, stat: Sum, threshold: \"> 1\", tags: {\"aws:x\": y}",
            "tags.aws:x: AWS reserves tags that begin with aws:"
        ),
        (
            "metric: E, namespace: X, stat: Sum, threshold: \"> 1\"",
            "dimensions is not set, expected the names of the dimensions, since metrics of X differ for lambda:function"
        ),
        (
            "metric: E, stat: Sum, math: m, threshold: \"> 1\"",
            "math is \"m\", expected exactly one of metric, math and promql"
        ),
        (
            "math: a + b, metrics: {a: {metric: E, stat: Sum}, c: {metric: F, stat: Sum}}, threshold: \"> 1\"",
            "metrics.c: the expression does not use it: a + b"
        ),
        (
            "math: 1 + A, metrics: {A: {metric: E, stat: Sum}}, threshold: \"> 1\"",
            "metrics.A: expected an id of a small letter and then letters, digits and _, such as errors"
        ),
        (
            "math: a / 2, metrics: {a: {metric: E, stat: Sum}}, threshold: \"> 1%\"",
            """
            threshold: \"> 1%\": character 4: % is unclear here: write the number that the expression gives, such as \
            1 or 0.01
            """
        ),
        (
            "promql: up == 0, threshold: \"> 1\"",
            "threshold is \"> 1\", expected nothing, since a PromQL query has its own comparison and pending its time"
        ),
        ("promql: up == 0, period: 2h", "period is \"2h\", expected at most 1h for PromQL"),
    ])
    func faultsOfARule(_ settings: String, _ fault: String) {
        let message = Fixture.faults("rules:\n  - {name: r, for: \"lambda:function\", \(settings)}")
        let body = message.hasPrefix("2 faults in the rules:\n") ? String(message.dropFirst(23)) : message
        #expect(body == "rules.yaml, line 2: rules[0](r).\(fault)")
    }

    @Test(arguments: [
        ("for: lambda:functions", "for is", "there is no kind lambda:functions, did you mean lambda:function?"),
        ("for: lambda", "for", "there is no kind lambda, did you mean lambda:function?"),
        ("for: ec2", "for", "did you mean ec2:instance or ec2:volume or ec2:natgateway"),
        ("for: [sqs, sn]", "for[1]", "there is no kind sn, did you mean sns?"),
        ("x: 1", "for is not set", "expected a kind"),
        ("for: {tags: {a: b}}", "for.kinds is not set", "expected kinds of resources"),
        ("for: {kinds: sqs, tag: {a: b}}", "for.tag: unknown key", "did you mean tags?"),
        ("for: [sqs, sns]", "namespace is not set", "expected a namespace, since sns, sqs has no single one"),
    ])
    func faultsOfAMatch(_ match: String, _ place: String, _ advice: String) {
        let message = Fixture.faults("rules:\n  - {name: r, metric: E, stat: Sum, threshold: \"> 1\", \(match)}")
        #expect(message.contains("rules[0](r)."))
        #expect(message.contains(place.split(separator: " ")[0]))
        #expect(message.contains(advice))
    }

    @Test func everyFaultOfEveryFileAtOnce() {
        let first = """
            ownr: x
            max-delete: 120%
            copy-tags: ["aws:name"]
            topics: {critical: nothing}
            rules:
              - {name: "a b", for: "lambda:function", metric: E, stat: Sum, threshold: "> 1"}
            """
        let second = """
            prefix: x
            grace: 3
            rules:
              - {name: c, for: sqs, metric: E, stat: Sum, threshold: "> 1", severity: "!"}
            """
        #expect(
            Fixture.faults(first, second) == """
                7 faults in the rules:
                rules.yaml, line 1: ownr: unknown key, did you mean owner?
                rules.yaml, line 2: max-delete is "120%", expected a share from 0% to 100%, such as 25%
                rules.yaml, line 3: copy-tags[0]: AWS reserves tags that begin with aws:, so an alarm cannot have it
                rules.yaml, line 4: topics.critical is "nothing", expected an ARN, such as \
                arn:aws:sns:{region}:{account}:alarms
                rules.yaml, line 6: rules[0](a b).name is "a b", expected at most 100 letters, digits and -_./, as \
                composites and tags name it
                more1.yaml, line 2: grace is "3", expected a duration with its unit, such as 500ms, 30s, 5m or 1h30m
                more1.yaml, line 4: rules[0](c).severity is "!", expected letters, digits and -_, since it becomes a tag
                """)
    }

    @Test func filesThatAreNoYAMLAreToldOfWithTheOthers() {
        let message = Fixture.faults("rules: [", "ownr: x")
        #expect(message.contains("rules.yaml, line "))
        #expect(message.contains("more1.yaml, line 1: ownr: unknown key"))
    }

    @Test func anEmptyFileIsAFault() {
        #expect(Fixture.faults("# nothing\n").hasPrefix("rules.yaml, line 1: nothing is in it"))
    }

    // MARK: Alarms

    @Test(arguments: [
        (
            "{name: a}",
            """
            rules.yaml, line 1: alarms[0](a).when is not set, expected an expression, such as ALARM(api-errors) AND \
            NOT ALARM(deploying), or log for a log alarm
            """
        ),
        (
            "{name: a, when: \"ALRM(x)\"}",
            "rules.yaml, line 1: alarms[0](a).when: character 1: ALRM is not known, did you mean ALARM?"
        ),
        (
            "{name: a, when: \"ALARM(others)\", each: tag}",
            "rules.yaml, line 1: alarms[0](a).each is \"tag\", expected region, resource or tag:KEY"
        ),
        (
            "{name: abcd, when: \"ALARM(abce)\"}",
            "rules.yaml, line 1: alarms[0](abcd).when: there is no rule abce, did you mean abcd?"
        ),
        (
            "{name: a, log: {query: q, groups: g, role: r}, threshold: \"> timeout_ms\"}",
            """
            rules.yaml, line 1: alarms[0](a).threshold is \"> timeout_ms\", expected a number, since a log has no \
            facts
            """
        ),
        (
            "{name: a, log: {query: q, groups: g, role: r, lines: 5}, threshold: \"> 1\"}",
            """
            rules.yaml, line 1: alarms[0](a).log.lines-role is not set, expected the ARN of the role that reads the \
            lines
            """
        ),
        (
            "{name: a, log: {query: q, groups: g, role: r, every: 90s}, threshold: \"> 1\"}",
            "rules.yaml, line 1: alarms[0](a).log.every is \"90s\", expected whole minutes, such as 5m"
        ),
        (
            "{name: a, log: {query: q, groups: [], role: r}, threshold: \"> 1\"}",
            "rules.yaml, line 1: alarms[0](a).log.groups: expected 1 to 50 names or ARNs"
        ),
    ])
    func faultsOfAlarms(_ alarm: String, _ expected: String) {
        #expect(Fixture.faults("alarms: [\(alarm)]") == expected)
    }
}
