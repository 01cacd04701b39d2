import AWS
import Basics
import Experiments
import JSON

/// Starts databases again that were stopped.
enum DatabaseStart {
    /// Starts the instance and waits until it is available; a snapshot that was taken stays.
    static let ofInstance = undo(
        "instance", calls: [.read("rds:DescribeDBInstances"), .change("rds:StartDBInstance")],
        status: { invocation, target in
            let client = try invocation.client(.rds)
            let found = try await existing(Databases.absence) {
                try await client.items("DescribeDBInstances", ["DBInstanceIdentifier": .string(target.id)])
            }
            return found?.first?["DBInstanceStatus"]?.stringValue
        },
        start: { invocation, target in
            _ = try await invocation.client(.rds).call(
                "StartDBInstance", ["DBInstanceIdentifier": .string(target.id)])
        })

    /// Starts the cluster, which starts its instances, and waits until it is available.
    static let ofCluster = undo(
        "cluster", calls: [.read("rds:DescribeDBClusters"), .change("rds:StartDBCluster")],
        status: { invocation, target in
            let client = try invocation.client(.rds)
            let found = try await existing(Databases.absence) {
                try await client.items("DescribeDBClusters", ["DBClusterIdentifier": .string(target.id)])
            }
            return found?.first?["Status"]?.stringValue
        },
        start: { invocation, target in
            _ = try await invocation.client(.rds).call(
                "StartDBCluster", ["DBClusterIdentifier": .string(target.id)])
        })

    /// - Parameter status: nil when there is no such database any more.
    private static func undo(
        _ word: String, calls: [NativeActivity.Call],
        status: @escaping @Sendable (NativeActivity.Invocation, NativeActivity.Target) async throws -> String?,
        start: @escaping @Sendable (NativeActivity.Invocation, NativeActivity.Target) async throws -> Void
    ) -> NativeActivity.Undo {
        NativeActivity.Undo(
            "starts the \(word) again where it was running, and proves that it is available", calls: calls,
            capture: { invocation, target in
                ["status": try await status(invocation, target).map { .string($0) } ?? .null]
            },
            check: { invocation, target, before in
                guard let now = try await status(invocation, target), now != "deleting" else {
                    return .nothingLeft("the \(word) \(target.id) does not exist any more")
                }
                guard wasRunning(before) else {
                    return isStopped(now) ? .restored : .nothingLeft("it did not run before, others started it")
                }
                return now == "available" ? .restored : .stillBroken("the \(word) \(target.id) is \(now)")
            },
            restore: { invocation, target, before in
                guard wasRunning(before) else { return }
                var hasStarted = false
                // A database that is stopping can be started when it has stopped, which takes minutes.
                while let now = try await status(invocation, target), now != "available", now != "deleting" {
                    if now == "stopped", !hasStarted {
                        try await start(invocation, target)
                        hasStarted = true
                    } else {
                        guard try await invocation.pauseBeforeNextLook() else { return }
                    }
                }
            })
    }

    private static func isStopped(_ status: String) -> Bool { ["stopped", "stopping"].contains(status) }

    private static func wasRunning(_ before: JSONValue) -> Bool {
        before["status"]?.stringValue.map { !isStopped($0) } ?? false
    }
}
