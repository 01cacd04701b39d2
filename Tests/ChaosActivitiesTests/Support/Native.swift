import AWS
import Basics
import ChaosActivities
import Experiments
import JSON
import TestSupport
import Testing
import Transport

/// A native activity at some AWS.
struct Native {
    let activity: NativeActivity
    let invocation: NativeActivity.Invocation
    let recorder: Recorder

    /// - Parameters:
    ///   - name: without `chaosaws.`: `ec2.actions.stop_instances`; of another package the full name.
    ///   - arguments: those that an experiment gives; the defaults are added.
    ///   - time: the real one by default.
    init(
        _ name: String, _ arguments: JSONValue = [:], at url: String, configuration: JSONObject = [:],
        secrets: JSONObject = [:], environment: [String: String] = [:], time: TimeSource? = nil,
        deadline: Timestamp? = nil, seed: UInt64 = 7
    ) throws {
        let all = ChaosActivities.registry.all
        try self.init(
            #require(all["chaosaws." + name] ?? all[name]), arguments, at: url,
            configuration: configuration, secrets: secrets, environment: environment, time: time, deadline: deadline,
            seed: seed)
    }

    /// An activity, or a function of a control.
    init(
        _ activity: NativeActivity, _ arguments: JSONValue, at url: String, configuration: JSONObject = [:],
        secrets: JSONObject = [:], environment: [String: String] = [:], time: TimeSource? = nil,
        deadline: Timestamp? = nil, seed: UInt64 = 7
    ) throws {
        self.activity = activity
        recorder = Recorder(try Network.http.get())
        let time = try time ?? .live(Network.loop.get())
        let variables = awsVariables(at: url).merging(environment) { $1 }
        let aws = try AWSConfiguration(environment: variables, http: recorder, time: time)
        var given = arguments.objectValue ?? [:]
        for argument in activity.arguments where given[argument.name] == nil {
            given[argument.name] = argument.fallback
        }
        invocation = NativeActivity.Invocation(
            arguments: given, configuration: configuration, secrets: secrets, aws: aws,
            loop: try Network.loop.get(), time: time,
            deadline: deadline ?? time.now() + .seconds(60), seed: seed)
    }

    /// What an engine does: resolves the targets and acts on them.
    func run() async throws -> (targets: [NativeActivity.Target], output: JSONValue) {
        let targets = try await activity.targets(invocation)
        return (targets, try await activity.run(invocation, targets))
    }

    /// The same invocation in a process that dies at a change; see ``MortalHTTP``.
    func dying(afterChanges changes: Int, isSent: Bool) throws -> NativeActivity.Invocation {
        var aws = invocation.aws
        aws.http = MortalHTTP(recorder, dyingAfter: changes, isSent: isSent)
        return NativeActivity.Invocation(
            arguments: invocation.arguments, configuration: invocation.configuration, secrets: invocation.secrets,
            aws: aws, loop: invocation.loop, time: invocation.time, deadline: invocation.deadline,
            seed: invocation.seed)
    }

    /// The actions that the activity declares.
    var declared: Set<String> {
        let calls = activity.resolved(for: invocation.arguments).calls
        return Set((calls + (activity.undo?.calls ?? [])).map(\.action))
    }

    /// The calls so far that change something.
    var changes: [String] { recorder.actions.filter { !$0.isRead } }
}

extension String {
    /// Whether an IAM action only reads.
    var isRead: Bool {
        let name = split(separator: ":").last ?? ""
        return name == "TestDNSAnswer"
            || ["Describe", "List", "Get", "GET", "BatchGet"].contains { name.hasPrefix($0) }
    }
}

/// The loop and the HTTP client of these tests.
enum Network {
    static let loop = Result { try EventLoop.onOwnThread() }
    static let http = loop.map { HTTPClient(loop: $0, configuration: HTTPClientConfiguration(environment: [:])) }
}
