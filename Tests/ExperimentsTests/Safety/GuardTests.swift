import Basics
import ConfigurationSources
import Foundation
import JSON
import TestSupport
import Testing
import Transport

@testable import Experiments

@Suite struct GuardReadingTests {
    private func fault(_ text: String) -> String {
        do {
            _ = try Guard(parsing: Array(text.utf8), source: "guard.yaml")
            return ""
        } catch { return "\(error)" }
    }

    @Test("every fault of a guard is told at once, with its line and the word that was meant")
    func allFaults() {
        let text = """
            activities: {allow: [chaosaws.*], maximun: 3}
            targets:
              maximum-percent: 120
              untaged: allow
            hours: [{start: "25:00", duration: 8h, timezone: Europe/Berln}]
            accounts: [12345]
            maximum-duration: 0s
            regoins: [eu-central-1]
            """
        let fault = fault(text)
        for part in [
            "line 1: activities.maximun: unknown key, did you mean maximum?", "line 3: targets.maximum-percent is",
            "line 4: targets.untaged: unknown key, did you mean untagged?", "line 5: hours[0].start",
            "line 5: hours[0].timezone", "line 6: accounts[0]", "line 7: maximum-duration",
            "line 8: regoins: unknown key, did you mean regions?",
        ] { #expect(fault.contains(part), "\(part) in \(fault)") }
    }

    @Test(
        "a guard that allows no activities by mistake is refused, not taken for one without limits",
        arguments: [
            "", "{}", "regions: [eu-central-1]", "activities: {}", "activities: {deny: [x]}", "- a", "a: [", "text",
        ])
    func closed(text: String) {
        #expect(fault(text).hasPrefix("nothing is run: the guard guard.yaml"))
    }

    @Test func anEmptyListAllowsNothing() throws {
        let text = "activities: {allow: []}\naccounts: []\nregions: []\nhours: []"
        let read = try Guard(parsing: Array(text.utf8), source: "g")
        #expect(read.activities.allow.value.isEmpty)
        #expect(read.accounts?.value == [])
        #expect(read.hours?.value == [])
        #expect(read.refusal(at: Timestamp(microseconds: 0)) != nil)
    }

    @Test("a guard that cannot be read refuses everything", arguments: ["/none/guard.yaml", "s3://b/k", "ssm:/guard"])
    func unreadable(location: String) async throws {
        let source = try #require(ConfigurationSource(location))
        let remote = RemoteValues(
            object: { _, _, _ in throw ExperimentError(.notReadable, "no object") },
            parameter: { _, _ in throw ExperimentError(.notReadable, "no parameter") },
            secret: { _, _ in "" })
        await #expect {
            _ = try await Guard.load(source, environment: [:], remote: remote)
        } throws: { error in
            let error = error as? ExperimentError
            return error?.code == .refused
                && error?.message.hasPrefix("nothing is run, because the guard \(location) cannot be read: ") == true
        }
    }

    @Test("a guard is read from a parameter and an object", .enabled(if: Workspace.hasPython, "run ./build.sh setup"))
    func remoteSources() async throws {
        let text = "activities: {allow: [a.b]}"
        let name = SafetyMoto.name("guard")
        try await SafetyMoto.makeBucket(name)
        let aws = try SafetyMoto.aws()
        try await SafetyMoto.put(text, parameter: "/\(name)")
        try await SafetyMoto.put(text, bucket: name, key: "guard.yaml")
        for location in ["ssm:/\(name)", "s3://\(name)/guard.yaml"] {
            let source = try #require(ConfigurationSource(location))
            let read = try await Guard.load(source, environment: [:], remote: .awsFiles { aws }, deadline: farFuture)
            #expect(read.activities.allow.value.map(\.text) == ["a.b"])
            #expect(read.source == location)
        }
    }
}

/// Rules on both sides of their limits.
@Suite struct GuardTests {
    /// What a guard has against an experiment, by rule.
    private func refusals(_ rules: String, _ experiment: Experiment, _ change: (inout GuardContext) -> Void = { _ in })
        throws -> [GuardRefusal]
    {
        let read = try Guard(parsing: Array(rules.utf8), source: "guard.yaml")
        var context = GuardContext(
            registry: Samples.registry, substitution: Substitution(configuration: [:], secrets: [:]),
            now: try #require(Timestamp(iso8601: "2026-11-23T10:00:00Z")),
            places: ["": CallPlace(account: "111122223333", region: "eu-central-1")], duration: .seconds(600))
        change(&context)
        return read.refusals(of: experiment, in: context)
    }

    private func python(_ function: String, _ more: JSONObject = [:], background: Bool = false) -> Experiment {
        var provider: JSONObject = ["type": "python", "module": "chaosaws.ec2.actions", "func": .string(function)]
        for (key, value) in more { provider[key] = value }
        return Samples.experiment(method: [Samples.activity("act", .object(provider), background: background)])
    }

    @Test(
        "only what is allowed runs, and what is denied never does",
        arguments: [
            ("[chaosaws.ec2.actions.stop_instances]", "[]", true), ("[chaosaws.*]", "[]", true),
            ("[\"*\"]", "[]", true),
            ("[chaosaws.ec2.actions.start_instances]", "[]", false), ("[]", "[]", false),
            ("[chaosaws.*]", "[\"*.stop_*\"]", false), ("[chaosaws.*]", "[\"*.terminate_*\"]", true),
        ])
    func activities(allow: String, deny: String, isAllowed: Bool) throws {
        let found = try refusals("activities: {allow: \(allow), deny: \(deny)}", python("stop_instances"))
        #expect(found.isEmpty == isAllowed, "\(found)")
        if !isAllowed {
            #expect(found[0].description.hasPrefix("guard.yaml, line 1 (activities."))
            #expect(found[0].message.contains("the action \"act\" (line 7) is chaosaws.ec2.actions.stop_instances"))
        }
    }

    @Test("an alias does not lead around a rule, and a function that nobody knows is refused")
    func aliases() throws {
        let alias = python("stop_instances", ["module": "experimentvr.ec2"])
        #expect(try refusals("activities: {allow: [chaosaws.*]}", alias).isEmpty)
        #expect(try refusals("activities: {allow: [experimentvr.*]}", alias).isEmpty)
        let denied = try refusals("activities: {allow: [\"*\"], deny: [chaosaws.ec2.actions.stop_*]}", alias)
        #expect(denied.map(\.rule) == ["activities.deny"])
        #expect(try refusals("activities: {allow: [chaosaws.*]}", python("f", ["module": "os"])).count == 1)
        #expect(
            try refusals("activities: {allow: [\"*\"]}", python("x", ["type": "lua"])).map(\.rule) == ["activities"])
    }

    @Test(
        "programs need a path that is allowed, and a shell needs its own permission",
        arguments: [
            ("", "kubectl", ["get"], "processes"), ("processes: {allow: [kubectl]}", "kubectl", ["get"], nil),
            ("processes: {allow: [kubectl]}", "/tmp/kubectl", ["get"], "processes.allow"),
            ("processes: {allow: [\"/usr/bin/*\"]}", "/usr/bin/true", [], nil),
            ("processes: {allow: [kubectl]}", "kubectl", "get pods; rm -rf /", "processes.shell"),
            ("processes: {allow: [kubectl], shell: true}", "kubectl", "get pods", nil),
            ("processes: {}", "kubectl", [], "processes.allow"),
        ] as [(String, String, JSONValue, String?)])
    func processes(rule: String, path: String, arguments: JSONValue, refused: String?) throws {
        let provider: JSONValue = ["type": "process", "path": .string(path), "arguments": arguments]
        let experiment = Samples.experiment(method: [Samples.activity("run", provider)])
        let found = try refusals("activities: {allow: []}\n\(rule)", experiment)
        #expect(found.map(\.rule) == [refused].compactMap(\.self))
    }

    @Test(
        "requests go to hosts that are allowed, whatever their address looks like",
        arguments: [
            ("", "http://a.example.org/", "http"),
            ("http: {allow: [\"*.example.org\"]}", "http://a.example.org/x", nil),
            ("http: {allow: [\"*.example.org\"]}", "http://A.Example.ORG:8080/x", nil),
            ("http: {allow: [\"*.example.org\"]}", "http://evil.com/a.example.org?token=S3CRET", "http.allow"),
            ("http: {allow: [\"*.example.org\"]}", "http://a.example.org:S3CRET@evil.com/", "http.allow"),
            ("http: {allow: [\"127.0.0.1:8080\"]}", "http://127.0.0.1:8080/", nil),
            ("http: {allow: [\"127.0.0.1:8080\"]}", "http://127.0.0.1:9090/", "http.allow"),
            ("http: {allow: [\"::1\"]}", "http://[::1]/", nil),
            ("http: {allow: [\"*\"]}", "${unknown}", "http.allow"),
        ] as [(String, String, String?)])
    func hosts(rule: String, url: String, refused: String?) throws {
        let provider: JSONValue = ["type": "http", "url": .string(url)]
        let experiment = Samples.experiment(method: [Samples.activity("call", provider)])
        let found = try refusals("activities: {allow: []}\n\(rule)", experiment)
        #expect(found.map(\.rule) == [refused].compactMap(\.self))
        #expect(!"\(found)".contains("S3CRET"))
    }

    @Test("everything that can act is looked at: hypothesis, rollbacks, tolerances, controls, configuration")
    func allPlaces() throws {
        func program(_ name: String) -> JSONValue { ["type": "process", "path": .string(name)] }
        var probe = Samples.activity("p", program("in-hypothesis"), kind: "probe")
        probe.tolerance = ["type": "probe", "name": "t", "provider": program("in-tolerance")]
        probe.controls = [ControlDeclaration(declaration: ["name": "c", "provider": program("in-control")])]
        let safeguards: JSONObject = [
            "name": "s",
            "provider": [
                "type": "python", "module": "chaosaddons.controls.safeguards",
                "arguments": ["probes": [["name": "g", "type": "probe", "provider": program("in-safeguard")]]],
            ],
        ]
        let experiment = Samples.experiment(
            hypothesis: [probe], method: [Samples.activity("m", program("in-method"))],
            rollbacks: [Samples.activity("r", program("in-rollbacks"))],
            controls: [ControlDeclaration(declaration: safeguards)],
            configuration: ["v": ["type": "probe", "provider": program("in-configuration")]],
            extensions: Samples.stopCondition(program("in-stop-condition")))
        let found = try refusals("activities: {allow: [\"*\"]}", experiment).map(\.message)
        let places = [
            "in-hypothesis", "in-tolerance", "in-control", "in-safeguard", "in-method", "in-rollbacks",
            "in-configuration", "in-stop-condition",
        ]
        for place in places { #expect(found.contains { $0.contains("the program \(place)") }, "\(place)") }
        #expect(found.count == places.count)
    }

    @Test(
        "limits of a run, on both sides",
        arguments: [
            ("accounts: [\"111122223333\"]", nil), ("accounts: [\"444455556666\"]", "accounts"),
            ("regions: [eu-central-1]", nil), ("regions: [us-east-1, global]", "regions"),
            ("maximum-duration: 10m", nil), ("maximum-duration: 9m59s", "maximum-duration"),
            ("hours: [{start: \"10:00\", duration: 8h}]", nil), ("hours: [{start: \"10:01\", duration: 8h}]", "hours"),
            ("hours: [{start: \"11:00\", duration: 1h, timezone: Europe/Berlin, every: [Monday]}]", nil),
            ("hours: [{start: \"11:00\", duration: 1h, timezone: Europe/Berlin, every: [Tuesday]}]", "hours"),
            ("stop-conditions: [\"checkout-*\"]", nil), ("stop-conditions: [\"billing-*\"]", "stop-conditions"),
        ] as [(String, String?)])
    func runs(rule: String, refused: String?) throws {
        let found = try refusals("activities: {allow: [\"*\"]}\n\(rule)", python("stop_instances")) {
            $0.stopConditions = ["checkout-errors"]
        }
        #expect(found.map(\.rule) == [refused].compactMap(\.self))
        #expect(found.allSatisfy { $0.line == 2 })
    }

    @Test(
        "what nobody knows is refused",
        arguments: ["accounts: [\"111122223333\"]", "regions: [eu-central-1]", "maximum-duration: 1h"])
    func unknown(rule: String) throws {
        let found = try refusals("activities: {allow: [\"*\"]}\n\(rule)", python("stop_instances")) {
            ($0.places, $0.duration) = ([:], nil)
        }
        #expect(found.count == 1)
        #expect(found[0].message.contains("known") || found[0].message.contains("nobody knows"))
    }

    @Test("the account is not asked for an experiment that does not call AWS")
    func withoutAWS() throws {
        let experiment = Samples.experiment(
            method: [Samples.activity("run", ["type": "process", "path": "true"])])
        let rules = "activities: {allow: []}\nprocesses: {allow: [\"true\"]}\naccounts: []\nregions: []"
        #expect(try refusals(rules, experiment) { $0.places = [:] }.isEmpty)
    }

    @Test("a region that an activity names itself counts, too")
    func regionArgument() throws {
        let rules = "activities: {allow: [\"*\"]}\nregions: [eu-central-1]"
        #expect(try refusals(rules, python("stop_instances", ["arguments": ["region": "us-east-1"]])).count == 1)
        #expect(try refusals(rules, python("stop_instances", ["arguments": ["region": "eu-central-1"]])).isEmpty)
    }

    @Test(
        "activities beside others need a permission",
        arguments: [("", true, false), ("", false, true), (", background: true", true, true)])
    func background(rule: String, isBackground: Bool, isAllowed: Bool) throws {
        let experiment = python("stop_instances", background: isBackground)
        let found = try refusals("activities: {allow: [\"*\"]\(rule)}", experiment)
        #expect(found.map(\.rule) == (isAllowed ? [] : ["activities.background"]))
    }

    @Test(
        "the number of activities counts those of hypothesis, method and rollbacks", arguments: [(3, true), (2, false)])
    func maximum(maximum: Int, isAllowed: Bool) throws {
        let activity = python("stop_instances").method[0]
        let experiment = Samples.experiment(hypothesis: [activity], method: [activity], rollbacks: [activity])
        let found = try refusals("activities: {allow: [\"*\"], maximum: \(maximum)}", experiment)
        #expect(found.map(\.rule) == (isAllowed ? [] : ["activities.maximum"]))
    }

    @Test func approvals() throws {
        let read = try Guard(
            parsing: Array("activities: {allow: [\"*\"], approval: [chaosaws.ec2.actions.stop_*]}".utf8), source: "g")
        #expect(read.needsApproval(python("stop_instances").method[0], in: Samples.registry))
        #expect(!read.needsApproval(python("describe").method[0], in: Samples.registry))
        let alias = python("stop_instances", ["module": "experimentvr.ec2"]).method[0]
        #expect(read.needsApproval(alias, in: Samples.registry))
    }

    @Test("what must be approved is refused where nobody can be asked, but for rollbacks")
    func nobodyToAsk() throws {
        let rules = "activities: {allow: [\"*\"], approval: [chaosaws.ec2.actions.stop_*]}"
        let stop = python("stop_instances").method[0]
        let describe = python("describe").method[0]
        for (experiment, isRefused) in [
            (Samples.experiment(method: [describe, stop]), true), (Samples.experiment(hypothesis: [stop]), true),
            (Samples.experiment(method: [describe], rollbacks: [stop]), false),
        ] {
            let found = try refusals(rules, experiment) { $0.canAskForApproval = false }
            #expect(found.map(\.rule) == (isRefused ? ["activities.approval"] : []))
            #expect(try refusals(rules, experiment).isEmpty)
        }
    }

    @Test(
        "the accounts and regions of all credentials of an experiment are asked for",
        arguments: [("111122223333", []), ("444455556666", ["accounts"]), (nil, ["accounts"])]
            as [(String?, [String])])
    func credentials(account: String?, refused: [String]) throws {
        func stop(_ scope: String) -> Activity { python("stop_instances", ["secrets": [.string(scope)]]).method[0] }
        let found = try refusals(
            "activities: {allow: [\"*\"]}\naccounts: [\"111122223333\"]\nregions: [eu-central-1]",
            Samples.experiment(method: [stop("own"), stop("other")])
        ) {
            $0.substitution = Substitution(
                configuration: [:], secrets: ["own": [:], "other": ["aws_access_key_id": "AKIA2"]])
            $0.places["AKIA2"] = CallPlace(account: account, region: "eu-central-1", fault: "denied")
        }
        #expect(found.map(\.rule) == refused)
        #expect(account != nil || found.first?.message.contains("is not known (denied)") == true)
    }

    @Test("all refusals come in one error, with the lines of their rules")
    func oneError() throws {
        let found = try refusals(
            "activities: {allow: []}\nregions: [us-east-1]\nmaximum-duration: 1m", python("stop_instances"))
        let error = try #require(found.error)
        #expect(error.code == .refused)
        #expect(error.message.hasPrefix("the guard refuses this for 3 reasons:\n"))
        #expect(
            error.message.contains(
                "guard.yaml, line 3 (maximum-duration): the run takes at least 10 m; allowed are 1 m"))
        #expect([GuardRefusal]().error == nil)
    }
}

@Suite struct GuardTargetTests {
    private static func target(
        _ id: String, _ tags: [String: String] = ["chaos": "allowed"], region: String = "eu-central-1",
        candidates: Int = 10
    ) -> NativeActivity.Target {
        NativeActivity.Target(kind: "ec2:instance", id: id, region: region, tags: tags, candidates: candidates)
    }

    private func rules(
        _ text: String, _ targets: [NativeActivity.Target], account: String? = "111122223333",
        region: String? = "eu-central-1", _ activity: NativeActivity = Samples.stop
    ) throws -> [String] {
        let read = try Guard(parsing: Array("activities: {allow: [\"*\"]}\n\(text)".utf8), source: "g")
        let place = CallPlace(account: account, region: region)
        return read.refusals(of: targets, by: activity, "the action \"stop\"", in: place).map(\.rule)
    }

    @Test(
        "numbers of targets, on both sides of the limits",
        arguments: [
            ("targets: {maximum: 2}", 2, 10, []), ("targets: {maximum: 2}", 3, 10, ["targets.maximum"]),
            ("targets: {maximum: 0}", 1, 10, ["targets.maximum"]),
            ("targets: {maximum-percent: 20}", 2, 10, []),
            ("targets: {maximum-percent: 20}", 3, 10, ["targets.maximum-percent"]),
            ("targets: {maximum-percent: 20}", 2, 9, ["targets.maximum-percent"]),
            // Where nobody knows the candidates, the share is the whole.
            ("targets: {maximum-percent: 99.9}", 3, 1, ["targets.maximum-percent"]),
            ("targets: {maximum-percent: 100}", 3, 1, []), ("", 1_000, 1, []),
        ] as [(String, Int, Int, [String])])
    func numbers(rule: String, count: Int, candidates: Int, refused: [String]) throws {
        let targets = (0..<count).map { Self.target("i-\($0)", candidates: candidates) }
        #expect(try rules(rule, targets) == refused)
    }

    @Test(
        "tags that a target must carry or must not carry",
        arguments: [
            ("require-tags: {chaos: allowed}", ["chaos": "allowed"], []),
            ("require-tags: {chaos: allowed}", ["chaos": "Allowed"], ["targets.require-tags"]),
            ("require-tags: {chaos: allowed}", [:], ["targets.require-tags"]),
            ("require-tags: {chaos: \"*\", team: a*}", ["chaos": "", "team": "ab"], []),
            ("require-tags: {chaos: \"*\", team: a*}", ["chaos": "", "team": "b"], ["targets.require-tags"]),
            ("refuse-tags: {protected: \"*\"}", ["protected": ""], ["targets.refuse-tags"]),
            ("refuse-tags: {env: prod*}", ["env": "production"], ["targets.refuse-tags"]),
            ("refuse-tags: {env: prod*}", ["env": "test"], []),
            ("refuse-tags: {env: prod*}", [:], ["targets.untagged"]),
            ("refuse-tags: {env: prod*}, untagged: allow", [:], []),
        ] as [(String, [String: String], [String])])
    func tags(rule: String, tags: [String: String], refused: [String]) throws {
        #expect(try rules("targets: {\(rule)}", [Self.target("i-1", tags)]) == refused)
    }

    @Test("one wrong target among many is enough, and is named")
    func oneOfMany() throws {
        let read = try Guard(
            parsing: Array("activities: {allow: [\"*\"]}\ntargets: {refuse-tags: {env: prod}}".utf8), source: "g")
        let targets = (0..<20).map { Self.target("i-\($0)", ["env": $0 == 13 ? "prod" : "test"]) }
        let found = read.refusals(of: targets, by: Samples.stop, "the action \"stop\"", in: CallPlace())
        #expect(
            found.map(\.message) == [
                "the action \"stop\" would hit ec2:instance i-13 in eu-central-1, with the tag env: prod"
            ])
        #expect(found[0].line == 2)
    }

    @Test func places() throws {
        #expect(try rules("regions: [eu-central-1]", [Self.target("i-1", region: "us-east-1")]) == ["regions"])
        #expect(try rules("regions: [eu-central-1]", [Self.target("role", region: "")]) == ["regions"])
        #expect(try rules("regions: [eu-central-1, global]", [Self.target("role", region: "")]) == [])
        #expect(try rules("accounts: [\"111122223333\"]", [Self.target("i-1")]) == [])
        #expect(try rules("accounts: [\"111122223333\"]", [Self.target("i-1")], account: nil) == ["accounts"])
        #expect(
            try rules("accounts: [\"111122223333\"]", [Self.target("i-1")], account: "444455556666") == ["accounts"])
    }

    @Test("an action without targets passes rules about targets only when it is named")
    func withoutTargets() throws {
        #expect(try rules("", []) == [])
        #expect(try rules("targets: {maximum: 5}", []) == ["targets.without-targets"])
        #expect(try rules("targets: {maximum: 5, without-targets: [\"*.stop_instances\"]}", []) == [])
        #expect(try rules("regions: [eu-central-1]", [], region: "us-east-1") == ["regions"])
        #expect(try rules("targets: {maximum: 0}", [Self.target("i-1")], Samples.probe) == [], "probes only read")
    }
}

/// Which account and region a call uses, when the experiment names its own.
@Suite(.enabled(if: Workspace.hasPython, "run ./build.sh setup"), .timeLimit(.minutes(2)))
struct CallPlaceTests {
    private static let rules = "activities: {allow: [\"*\"]}\naccounts: [\"123456789012\"]\nregions: [eu-central-1]"

    private func providers() throws -> Providers {
        let loop = try idleLoop.get()
        return Providers(
            loop: loop, http: HTTPClient(loop: loop), registry: Samples.registry, aws: { try SafetyMoto.aws() },
            environment: [:], time: .live(loop), seed: 1)
    }

    @Test(
        "role, keys and region of the experiment count, not those of the environment",
        arguments: [
            ([:], "123456789012", "eu-central-1", []),
            (["aws_region": "us-east-1"], "123456789012", "us-east-1", ["regions"]),
            (
                ["aws_assume_role_arn": "arn:aws:iam::222233334444:role/chaos"], "222233334444", "eu-central-1",
                ["accounts"]
            ),
            (["aws_profile_name": "nobody-has-it"], nil, "eu-central-1", ["accounts"]),
        ] as [(JSONObject, String?, String, [String])])
    func places(configuration: JSONObject, account: String?, region: String, refused: [String]) async throws {
        let limits = try Guard(parsing: Array(Self.rules.utf8), source: "guard.yaml")
        let stop = Samples.activity(
            "stop", ["type": "python", "module": "chaosaws.ec2.actions", "func": "stop_instances"])
        let experiment = Samples.experiment(method: [stop])
        let substitution = Substitution(configuration: configuration, secrets: [:])
        let (places, providers) = (CallPlaces(for: limits), try providers())
        let found = try await places.places(of: experiment, substitution, providers)
        #expect(found[""]?.account == account)
        #expect(found[""]?.region == region)
        let context = GuardContext(
            registry: Samples.registry, substitution: substitution, now: .now(), places: found)
        #expect(limits.refusals(of: experiment, in: context).map(\.rule) == refused)
        // Just before the change the same is asked.
        let invocation = try providers.invocation(of: Samples.stop, provider: stop.provider, substitution)
        let place = try await places.place(of: invocation)
        #expect(place.account == account)
        #expect(place.region == region)
    }

    @Test("the account is not asked for where no rule is about it")
    func withoutRule() async throws {
        let limits = try Guard(parsing: Array("activities: {allow: [\"*\"]}".utf8), source: "guard.yaml")
        let stop = Samples.activity(
            "stop", ["type": "python", "module": "chaosaws.ec2.actions", "func": "stop_instances"])
        let found = try await CallPlaces(for: limits).places(
            of: Samples.experiment(method: [stop]), Substitution(configuration: [:], secrets: [:]), providers())
        #expect(found[""]?.account == nil)
        #expect(found[""]?.fault == nil)
    }
}
