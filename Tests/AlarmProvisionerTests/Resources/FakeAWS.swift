import AWS
import Basics
import JSON
import TestSupport
import Transport

@testable import AlarmProvisioner

/// A server that answers AWS's JSON protocol as a test says, and the finders that call it.
struct FakeAWS {
    /// A call as it arrived.
    struct Call: Sendable {
        /// Such as `ListQueues`.
        let operation: String
        /// The region that it is signed for.
        let region: String
        let input: JSONValue

        init(_ request: ServerRequest) {
            operation = request["X-Amz-Target"]?.split(separator: ".").last.map { String($0) } ?? request.target
            let scope = request["Authorization"]?.split(separator: "/").map { String($0) } ?? []
            region = scope.count > 2 ? scope[2] : ""
            input = (try? JSONValue(parsing: request.body)) ?? .null
        }
    }

    static let account = "123456789012"
    static let scope = AlarmScope(account: account, region: "eu-central-1")

    let server: ScriptedServer
    let clock = TestClock()
    private let calls: Locked<[Call]>

    init(_ answer: @escaping @Sendable (Call) -> Reply) throws {
        let calls = Locked<[Call]>([])
        self.calls = calls
        server = try ScriptedServer(answer: { request in
            let call = Call(request)
            calls.withLock { $0.append(call) }
            return answer(call)
        })
    }

    /// The operations that were called, in order.
    var operations: [String] { calls.withLock { $0.map(\.operation) } }
    /// The inputs of an operation's calls.
    func inputs(_ operation: String) -> [JSONValue] {
        calls.withLock { $0.filter { $0.operation == operation }.map(\.input) }
    }

    func configurations() -> ResourceFinder.Configurations {
        let (url, clock) = (server.url, clock)
        return { _ in try TestNetwork.configuration(awsVariables(at: url), time: clock.source) }
    }

    func finder(_ limits: ResourceFinder.Limits = ResourceFinder.Limits()) -> ResourceFinder {
        ResourceFinder(limits: limits, configuration: configurations())
    }

    /// A fault in the form of the JSON protocol.
    static func fault(_ code: String, _ message: String = "no", status: Int = 400) -> Reply {
        .http(status, body: #"{"__type":"\#(code)","message":"\#(message)"}"#)
    }

    /// Answers that make an account with two queues, `a` and `b`, whose tags are their names.
    static func twoQueues(_ call: Call) -> Reply {
        switch call.operation {
        case "ListQueues":
            .http(200, body: #"{"QueueUrls":["https://sqs/\#(account)/a","https://sqs/\#(account)/b"]}"#)
        case "GetQueueAttributes":
            .http(200, body: #"{"Attributes":{"MessageRetentionPeriod":"60","VisibilityTimeout":"5"}}"#)
        case "GetResources": .http(200, body: tags(["a", "b"]))
        case "ListStreams": .http(200, body: #"{"StreamNames":[],"HasMoreStreams":false}"#)
        default: fault("UnknownOperationException")
        }
    }

    /// What the tagging API says of queues that are tagged with their names.
    static func tags(_ queues: [String]) -> String {
        let list = queues.map { name in
            #"{"ResourceARN":"arn:aws:sqs:eu-central-1:\#(account):\#(name)","Tags":[{"Key":"q","Value":"\#(name)"}]}"#
        }
        return #"{"ResourceTagMappingList":[\#(list.joined(separator: ","))]}"#
    }
}
