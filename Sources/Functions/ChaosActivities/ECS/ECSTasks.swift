import AWS
import AWSResources
import Basics
import Experiments
import JSON

/// Stops tasks: one that is named, or random ones of a service or cluster.
enum ECSTasks {
    /// The kind of the targets; their ids are `cluster/task`.
    static let kind = "ecs:task"

    /// The task `task_id`, or a random one of `service`.
    @Sendable static func one(_ invocation: NativeActivity.Invocation) async throws -> [NativeActivity.Target] {
        let client = try invocation.client(.ecs)
        if let id = invocation.given("task_id") {
            return try await targets(named: [id.pythonText], invocation, client, candidates: 1)
        }
        guard let service = invocation.given("service") else {
            throw ExperimentError(
                python: "botocore.exceptions.ParamValidationError",
                "Parameter validation failed:\nInvalid type for parameter task, value: None, type: <class 'NoneType'>, "
                    + "valid types: <class 'str'> (give task_id or service)")
        }
        let tasks = try await list(invocation, client)
        guard !tasks.isEmpty else {
            throw ExperimentError.failedActivity("No ECS tasks found for service: \(service.pythonText)")
        }
        let selection = try Selection(.count(1), of: tasks, by: \.self, seed: invocation.seed)
        return try await targets(named: selection.chosen, invocation, client, candidates: selection.available)
    }

    /// As many running tasks of the cluster, or of its service, as `task_count` or `task_percent` says.
    @Sendable static func random(_ invocation: NativeActivity.Invocation) async throws -> [NativeActivity.Target] {
        guard (invocation.given("task_count") == nil) != (invocation.given("task_percent") == nil) else {
            throw ExperimentError.failedActivity(#"Must specify one of "task_count", "task_percent""#)
        }
        let client = try invocation.client(.ecs)
        _ = try await ECSServices.validate(invocation, client)
        let tasks = try await list(invocation, client, status: "RUNNING")
        let percent = invocation.given("task_percent")?.doubleValue
        let count =
            percent.map { NativeActivity.Invocation.share($0, of: tasks.count) }
            ?? invocation.argument("task_count").intValue.map { Int($0) } ?? 0
        guard count <= tasks.count else {
            throw ExperimentError.failedActivity(
                "Not enough running tasks in \(invocation.argument("cluster").pythonText) to satisfy stop count "
                    + "\(count) (\(tasks.count))")
        }
        guard count > 0 else { return [] }
        let selection = try Selection(.count(count), of: tasks, by: \.self, seed: invocation.seed)
        return try await targets(named: selection.chosen, invocation, client, candidates: selection.available)
    }

    @Sendable static func stopOne(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        try await invocation.client(.ecs).response("StopTask", input(invocation, firstTarget(of: targets)))
    }

    @Sendable static func stopAll(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        let client = try invocation.client(.ecs)
        return .array(
            try await forEachInTurn(targets, "stopped", name: \.id) { target in
                let task = try await client.call("StopTask", input(invocation, target))["task"]
                return [
                    "Task_Id": task?["taskArn"] ?? .null, "Desired_Status": task?["desiredStatus"] ?? .null,
                ]
            })
    }

    private static func input(
        _ invocation: NativeActivity.Invocation, _ target: NativeActivity.Target
    ) -> JSONObject {
        ECSServices.inCluster(
            invocation,
            ["task": .string(ARN.lastPart(target.id) ?? target.id), "reason": invocation.argument("reason")])
    }

    private static func list(
        _ invocation: NativeActivity.Invocation, _ client: ActivityClient, status: JSONValue? = nil
    ) async throws -> [String] {
        var input = ECSServices.inCluster(invocation, ["maxResults": 100])
        input["desiredStatus"] = status
        input["serviceName"] = invocation.given("service")
        return try await client.items("ListTasks", input).compactMap(\.stringValue)
    }

    /// The tasks with their tags.
    ///
    /// A task that is not known keeps its place without tags, so that `StopTask` tells what is wrong with it.
    private static func targets(
        named tasks: [String], _ invocation: NativeActivity.Invocation, _ client: ActivityClient, candidates: Int
    ) async throws -> [NativeActivity.Target] {
        var tags: [String: [String: String]] = [:]
        // `DescribeTasks` takes 100.
        for start in stride(from: 0, to: tasks.count, by: 100) {
            let input = ECSServices.inCluster(
                invocation,
                ["tasks": JSONValue(texts: Array(tasks[start..<min(start + 100, tasks.count)])), "include": ["TAGS"]])
            let described: JSONValue
            do { described = try await client.call("DescribeTasks", input) } catch let error as AWSFailure
                where ["ClusterNotFoundException", "InvalidParameterException"].contains(error.code)
            {
                continue
            }
            for task in described["tasks"]?.elements ?? [] {
                guard let id = ARN.lastPart(task["taskArn"]?.stringValue) else { continue }
                tags[id] = task["tags"]?.tags ?? [:]
            }
        }
        return tasks.map { task in
            let id = ARN.lastPart(task) ?? task
            return NativeActivity.Target(
                kind: kind, id: "\(ECSServices.clusterName(invocation))/\(id)", region: client.region,
                tags: tags[id] ?? [:], candidates: candidates)
        }
    }
}
