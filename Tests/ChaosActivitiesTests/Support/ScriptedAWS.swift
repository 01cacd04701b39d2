import Basics
import JSON
import TestSupport

/// An AWS whose answers a test writes, for what moto does not have: results of commands, spot requests, faults.
final class ScriptedAWS: Sendable {
    private let server: ScriptedServer
    private let asked: Locked<[(action: String, request: ServerRequest)]>

    /// - Parameter answers: by operation, the first for the first call and so on; the last one is for all others.
    init(_ answers: [String: [Reply]]) throws {
        let asked = Locked<[(action: String, request: ServerRequest)]>([])
        self.asked = asked
        server = try ScriptedServer { request in
            let action = Self.operation(of: request)
            let count = asked.withLock { asked in
                asked.append((action, request))
                return asked.filter { $0.action == action }.count
            }
            let replies = answers[action] ?? []
            return replies.isEmpty
                ? .http(400, body: #"{"__type":"Unexpected","message":"no answer to \#(action)"}"#)
                : replies[min(count, replies.count) - 1]
        }
    }

    var url: String { server.url }

    /// The operations that were called, in order.
    var operations: [String] { asked.withLock { $0.map(\.action) } }

    /// The requests of an operation.
    func requests(_ operation: String) -> [ServerRequest] {
        asked.withLock { $0.filter { $0.action == operation }.map(\.request) }
    }

    /// The inputs of an operation of a service that speaks JSON.
    func inputs(_ operation: String) throws -> [JSONValue] {
        try requests(operation).map { try JSONValue(parsing: $0.body) }
    }

    private static func operation(of request: ServerRequest) -> String {
        if let target = request["X-Amz-Target"] { return target.split(separator: ".").last.map(String.init) ?? "" }
        return formFields(request.body).first { $0.name == "Action" }?.value ?? "\(request.method) \(request.target)"
    }
}

extension Reply {
    /// An answer of a service that speaks JSON.
    static func json(_ value: JSONValue) -> Reply {
        .http(200, headers: [("Content-Type", "application/x-amz-json-1.1")], body: value.serialized())
    }

    /// A fault of a service that speaks JSON.
    static func fault(_ code: String, _ message: String) -> Reply {
        .http(400, body: JSONValue.object(["__type": .string(code), "message": .string(message)]).serialized())
    }

    /// EC2's list of instances; each has a reservation of its own.
    static func instances(_ instances: [ScriptedInstance]) -> Reply {
        let items = instances.map { instance in
            """
            <item><instancesSet><item><instanceId>\(instance.id)</instanceId>
            <instanceState><name>\(instance.state)</name></instanceState>
            \(instance.lifecycle.map { "<instanceLifecycle>\($0)</instanceLifecycle>" } ?? "")
            \(instance.request.map { "<spotInstanceRequestId>\($0)</spotInstanceRequestId>" } ?? "")
            <tagSet><item><key>app</key><value>web</value></item></tagSet></item></instancesSet></item>
            """
        }
        return .ec2("DescribeInstances", "<reservationSet>\(items.joined())</reservationSet>")
    }

    /// An answer of EC2.
    static func ec2(_ operation: String, _ content: String = "") -> Reply {
        .http(200, body: "<\(operation)Response><requestId>r-1</requestId>\(content)</\(operation)Response>")
    }

    /// A fault of EC2.
    static func ec2Fault(_ code: String, _ message: String, status: Int = 400) -> Reply {
        .http(
            status,
            body: """
                <Response><Errors><Error><Code>\(code)</Code><Message>\(message)</Message></Error></Errors>
                <RequestID>r-1</RequestID></Response>
                """)
    }

    /// Auto Scaling's list of one group.
    static func group(_ name: String, desired: Int, _ instances: [(id: String, health: String)]) -> Reply {
        group(name, desired: desired, members: instances.map { ($0.id, $0.health, "InService") })
    }

    /// Auto Scaling's list of one group, with the states of its instances in their life cycles.
    static func group(
        _ name: String, desired: Int, members: [(id: String, health: String, state: String)]
    ) -> Reply {
        let members = members.map {
            "<member><InstanceId>\($0.id)</InstanceId><LifecycleState>\($0.state)</LifecycleState>"
                + "<HealthStatus>\($0.health)</HealthStatus></member>"
        }
        return .http(
            200,
            body: """
                <DescribeAutoScalingGroupsResponse><DescribeAutoScalingGroupsResult><AutoScalingGroups>
                <member><AutoScalingGroupName>\(name)</AutoScalingGroupName><DesiredCapacity>\(desired)</DesiredCapacity>
                <Instances>\(members.joined())</Instances></member></AutoScalingGroups>
                </DescribeAutoScalingGroupsResult></DescribeAutoScalingGroupsResponse>
                """)
    }
}

/// An instance in an answer of ``ScriptedAWS``.
struct ScriptedInstance {
    let id: String
    var state = "running"
    var lifecycle: String?
    var request: String?
}
