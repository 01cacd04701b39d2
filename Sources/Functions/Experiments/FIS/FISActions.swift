import AWSResources
import Basics
import JSON

/// What an action of a template becomes.
struct FISPlan {
    /// An activity that starts some seconds after the action.
    struct Step {
        var offset = 0
        let activity: JSONObject
        /// Whether it takes its time, so that what starts meanwhile cannot wait for it.
        var isLong = false
    }

    var steps: [Step] = []
    /// How long the action takes, in seconds.
    var duration = 0
    /// What puts back what the action changes.
    var rollbacks: [JSONObject] = []
    /// Probes with tolerances, for an action that asserts something.
    var assertions: [JSONObject] = []
}

/// An action of Fault Injection Service that native activities can do.
struct FISAction: Sendable {
    let id: String
    /// What its target is called, and of which type it must be; nil for an action without targets.
    let target: (key: String, type: String)?
    let required: [String]
    let optional: [String]
    /// Writes the activities; nil after an error.
    let plan: @Sendable (FISTemplate.Action, FISTemplate.Target?, inout DocumentCheck) -> FISPlan?

    /// All of them.
    static let all = services + kubernetes

    private static let services: [FISAction] = [
        FISAction(
            id: "aws:fis:wait", target: nil, required: ["duration"], optional: [],
            plan: { action, _, check in check.seconds("duration", of: action).map { FISPlan(duration: $0) } }),
        FISAction(
            id: "aws:cloudwatch:assert-alarm-state", target: nil, required: ["alarmArns", "alarmStates"], optional: [],
            plan: assertAlarms),
        FISAction(
            id: "aws:ec2:stop-instances", target: instances, required: [],
            optional: ["startInstancesAfterDuration", "completeIfInstancesTerminated"], plan: stopInstances),
        FISAction(
            id: "aws:ec2:terminate-instances", target: instances, required: [], optional: [],
            plan: { action, target, check in
                check.instances(target, action, one: "terminate_instance", many: "terminate_instances")
                    .map { FISPlan(steps: [.init(activity: $0)]) }
            }),
        FISAction(
            id: "aws:ec2:reboot-instances", target: instances, required: [], optional: [],
            plan: { action, target, check in
                check.instances(target, action, one: nil, many: "restart_instances")
                    .map { FISPlan(steps: [.init(activity: $0)]) }
            }),
        FISAction(
            id: "aws:ecs:stop-task", target: ("Tasks", "aws:ecs:task"), required: [], optional: [], plan: stopTasks),
        FISAction(
            id: "aws:ssm:send-command", target: instances, required: ["documentArn", "duration"],
            optional: ["documentVersion", "documentParameters"], plan: sendCommand),
        FISAction(
            id: "aws:rds:reboot-db-instances", target: ("DBInstances", "aws:rds:db"), required: [],
            optional: ["forceFailover"],
            plan: { action, target, check in
                let failover = action.parameters["forceFailover"] == "true"
                return check.databases(
                    target, action, "reboot_db_instance", "db_instance_identifier", ["force_failover": .bool(failover)])
            }),
        FISAction(
            id: "aws:rds:failover-db-cluster", target: ("Clusters", "aws:rds:cluster"), required: [], optional: [],
            plan: { action, target, check in
                check.databases(target, action, "failover_db_cluster", "db_cluster_identifier", [:])
            }),
        FISAction(
            id: "aws:eks:terminate-nodegroup-instances", target: ("Nodegroups", "aws:eks:nodegroup"),
            required: ["instanceTerminationPercentage"], optional: [], plan: terminateNodes),
        FISAction(
            id: "aws:ssm:start-automation-execution", target: nil, required: ["documentArn", "maxDuration"],
            optional: ["documentVersion", "documentParameters"], plan: startAutomation),
    ]

    static let instances = (key: "Instances", type: "aws:ec2:instance")
}

extension FISAction {
    @Sendable private static func assertAlarms(
        _ action: FISTemplate.Action, _ target: FISTemplate.Target?, _ check: inout DocumentCheck
    ) -> FISPlan? {
        func parts(_ key: String) -> [String] {
            (action.parameters[key] ?? "").split(separator: ",").map { String($0.trimmingWhitespace) }
        }
        let states = parts("alarmStates")
        for state in states where !["OK", "ALARM", "INSUFFICIENT_DATA"].contains(state) {
            check.error(
                action.part.path(of: "parameters")["alarmStates"], "there is no state \(state)",
                hint: "use OK, ALARM or INSUFFICIENT_DATA")
        }
        // A list of two texts would be a range.
        let tolerance: JSONValue =
            states.count == 1
            ? .string(states[0]) : ["type": "regex", "pattern": .string("^(\(states.joined(separator: "|")))$")]
        var plan = FISPlan()
        for text in parts("alarmArns") {
            guard let alarm = ARN(text) else {
                check.error(action.part.path(of: "parameters")["alarmArns"], "\(text) is no ARN")
                continue
            }
            guard
                var probe = check.activity(
                    "\(action.name): \(alarm.name)", "probe", "chaosaws.cloudwatch.probes", "get_alarm_state_value",
                    ["alarm_name": .string(alarm.name)], action)
            else { return nil }
            probe["tolerance"] = tolerance
            plan.assertions.append(probe)
        }
        return plan
    }

    @Sendable private static func stopInstances(
        _ action: FISTemplate.Action, _ target: FISTemplate.Target?, _ check: inout DocumentCheck
    ) -> FISPlan? {
        guard let stop = check.instances(target, action, one: "stop_instance", many: "stop_instances") else {
            return nil
        }
        var plan = FISPlan(steps: [.init(activity: stop)])
        guard action.parameters["startInstancesAfterDuration"] != nil else { return plan }
        guard let target, let seconds = check.seconds("startInstancesAfterDuration", of: action),
            let start = check.startAgain(target, action)
        else { return nil }
        plan.duration = seconds
        plan.steps.append(.init(offset: seconds, activity: start))
        plan.rollbacks = [start]
        return plan
    }

    @Sendable private static func stopTasks(
        _ action: FISTemplate.Action, _ target: FISTemplate.Target?, _ check: inout DocumentCheck
    ) -> FISPlan? {
        guard let target else { return nil }
        let module = "chaosaws.ecs.actions"
        guard target.tags.isEmpty, target.filters.isEmpty else {
            check.error(target.part.path, "tasks are chosen by ARNs, or by the parameters cluster and service")
            return nil
        }
        guard target.arns.isEmpty else {
            guard target.quantity == .all else {
                check.error(target.part.path(of: "selectionMode"), "must be ALL for tasks that are named by ARNs")
                return nil
            }
            let names = target.arns.compactMap { ARN($0)?.name.split(separator: "/").map(String.init) }
            guard names.allSatisfy({ $0.count == 2 }), names.count == target.arns.count else {
                check.error(target.part.path(of: "resourceArns"), "the ARN of a task ends in :task/cluster/id")
                return nil
            }
            let steps = names.compactMap { name in
                check.activity(
                    "\(action.name): \(name[1])", "action", module, "stop_task",
                    ["cluster": .string(name[0]), "task_id": .string(name[1])], action)
            }
            return steps.count == names.count ? FISPlan(steps: steps.map { .init(activity: $0) }) : nil
        }
        guard let cluster = target.parameters["cluster"] else {
            check.error(target.part.path(of: "parameters")["cluster"], "is missing")
            return nil
        }
        var arguments: JSONObject = ["cluster": .string(ARN(cluster)?.name ?? cluster)]
        if let service = target.parameters["service"] {
            arguments["service"] = .string(ARN.lastPart(service) ?? service)
        }
        switch target.quantity {
        case .all: arguments["task_percent"] = 100
        case .count(let count): arguments["task_count"] = JSONValue(count)
        case .percent(let share): arguments["task_percent"] = JSONValue(Int(share))
        }
        return check.activity(action.name, "action", module, "stop_random_tasks", arguments, action)
            .map { FISPlan(steps: [.init(activity: $0)]) }
    }

    @Sendable private static func sendCommand(
        _ action: FISTemplate.Action, _ target: FISTemplate.Target?, _ check: inout DocumentCheck
    ) -> FISPlan? {
        guard let target, let seconds = check.seconds("duration", of: action) else { return nil }
        guard target.filters.isEmpty, target.quantity == .all else {
            check.error(target.part.path, "the instances of a command are chosen by ARNs or tags, and all of them")
            return nil
        }
        let ids = target.arns.compactMap { ARN($0).map { JSONValue.string($0.name) } }
        var targets: [JSONValue] = ids.isEmpty ? [] : [["Key": "InstanceIds", "Values": .array(ids)]]
        targets += target.tags.map { ["Key": .string("tag:\($0.key)"), "Values": [.string($0.value)]] }
        var arguments: JSONObject = [
            "document_name": .string(documentName(action.parameters["documentArn"] ?? "")),
            "targets": .array(targets), "timeout_seconds": JSONValue(seconds), "wait": true,
        ]
        if let version = action.parameters["documentVersion"] { arguments["document_version"] = .string(version) }
        guard let parameters = documentParameters(of: action, &check) else { return nil }
        if !parameters.isEmpty { arguments["parameters"] = .object(parameters) }
        return check.activity(
            action.name, "action", "chaosaws.ssm.actions", "send_command", arguments, action
        ).map { FISPlan(steps: [.init(activity: $0, isLong: true)], duration: seconds) }
    }

    /// The share of the instances of each node group, found by the tags that EKS gives them.
    @Sendable private static func terminateNodes(
        _ action: FISTemplate.Action, _ target: FISTemplate.Target?, _ check: inout DocumentCheck
    ) -> FISPlan? {
        guard let target else { return nil }
        guard !target.arns.isEmpty, target.tags.isEmpty, target.filters.isEmpty, target.quantity == .all else {
            check.error(target.part.path, "node groups are chosen by ARNs, and all of them")
            return nil
        }
        let text = action.parameters["instanceTerminationPercentage"] ?? ""
        guard let share = Int(text), (1...100).contains(share) else {
            check.error(
                action.part.path(of: "parameters")["instanceTerminationPercentage"],
                "must be from 1 to 100, not \(text)")
            return nil
        }
        var plan = FISPlan()
        for arn in target.arns.compactMap({ ARN($0) }) {
            // `nodegroup/cluster/name/id`
            let names = arn.name.split(separator: "/").map { JSONValue.string(String($0)) }
            guard names.count >= 2 else {
                check.error(target.part.path(of: "resourceArns"), "\(arn) is no node group")
                return nil
            }
            var arguments: JSONObject = [
                "filters": [
                    ["Name": "tag:eks:cluster-name", "Values": [names[0]]],
                    ["Name": "tag:eks:nodegroup-name", "Values": [names[1]]],
                    ["Name": "instance-state-name", "Values": ["running"]],
                ]
            ]
            if share < 100 { arguments["quantity"] = .string("\(share)%") }
            guard
                let activity = check.activity(
                    "\(action.name): \(names[1].stringValue ?? "")", "action", "chaosaws.ec2.actions",
                    "terminate_instances", arguments, action)
            else { return nil }
            plan.steps.append(.init(activity: activity))
        }
        return plan
    }

    /// Starts the runbook; what follows waits as long as it may take.
    @Sendable private static func startAutomation(
        _ action: FISTemplate.Action, _ target: FISTemplate.Target?, _ check: inout DocumentCheck
    ) -> FISPlan? {
        guard let seconds = check.seconds("maxDuration", of: action) else { return nil }
        var input: JSONObject = ["DocumentName": .string(documentName(action.parameters["documentArn"] ?? ""))]
        if let version = action.parameters["documentVersion"] { input["DocumentVersion"] = .string(version) }
        guard let parameters = documentParameters(of: action, &check) else { return nil }
        if !parameters.isEmpty { input["Parameters"] = .object(parameters) }
        return check.activity(
            action.name, "action", "tocsin.aws.actions", "call",
            ["service": "ssm", "operation": "StartAutomationExecution", "parameters": .object(input)], action
        ).map { FISPlan(steps: [.init(activity: $0)], duration: seconds) }
    }

    /// Systems Manager takes lists of texts.
    /// - Returns: empty when there are none, nil after an error.
    private static func documentParameters(
        of action: FISTemplate.Action, _ check: inout DocumentCheck
    ) -> JSONObject? {
        guard let text = action.parameters["documentParameters"] else { return [:] }
        guard let parameters = (try? JSONValue(parsing: text))?.objectValue else {
            check.error(action.part.path(of: "parameters")["documentParameters"], "must be a JSON object in a text")
            return nil
        }
        return JSONObject(
            parameters.map { name, value in
                (name, .array((value.arrayValue ?? [value]).map { .string($0.stringValue ?? $0.description) }))
            })
    }

    /// AWS's own documents are known by their names; those of an account by their ARNs too.
    private static func documentName(_ arn: String) -> String {
        guard let document = ARN(arn), document.account == nil else { return arn }
        return document.name
    }
}

extension DocumentCheck {
    /// A duration such as `PT5M` in whole seconds; nil after an error.
    mutating func seconds(_ key: String, of action: FISTemplate.Action) -> Int? {
        guard let text = action.parameters[key] else { return nil }
        guard text.hasPrefix("P"), let nanoseconds = DurationText.nanoseconds(text.utf8), nanoseconds >= 0 else {
            error(action.part.path(of: "parameters")[key], "must be a duration such as PT5M, not \(text)")
            return nil
        }
        return Int(nanoseconds / 1_000_000_000)
    }

    /// An activity of the `python` provider.
    /// - Returns: nil after an error: the registry has no such activity, or it has no such argument.
    mutating func activity(
        _ name: String, _ type: String, _ module: String, _ function: String, _ arguments: JSONObject,
        _ action: FISTemplate.Action
    ) -> JSONObject? {
        guard let native = options.registry.activity(module: module, function: function) else {
            error(
                action.part.path(of: "actionId"),
                "\(action.id) is not possible: there is no activity \(module).\(function)")
            return nil
        }
        let known = native.arguments.map(\.name)
        if let missing = arguments.keys.first(where: { !known.contains($0) }) {
            error(action.part.path, "\(action.id) is not possible so: \(module).\(function) has no argument \(missing)")
            return nil
        }
        return [
            "type": .string(type), "name": .string(name),
            "provider": [
                "type": "python", "module": .string(module), "func": .string(function), "arguments": .object(arguments),
            ],
        ]
    }

    /// What is done to instances.
    /// - Parameters:
    ///   - one: the function that takes one at random; nil when there is none.
    ///   - many: the function that takes all that match.
    fileprivate mutating func instances(
        _ target: FISTemplate.Target?, _ action: FISTemplate.Action, one: String?, many: String
    ) -> JSONObject? {
        guard let target, let filters = instanceFilters(target) else { return nil }
        let module = "chaosaws.ec2.actions"
        if let one, target.quantity == .count(1) {
            return activity(action.name, "action", module, one, ["filters": .array(filters)], action)
        }
        var arguments: JSONObject = ["filters": .array(filters)]
        if target.quantity == .all {
            if target.filters.isEmpty, target.tags.isEmpty { arguments = ["instance_ids": .array(ids(target))] }
        } else {
            arguments["quantity"] = .string(target.quantity.description)
        }
        return activity(action.name, "action", module, many, arguments, action)
    }

    /// What starts the instances that an action has stopped.
    fileprivate mutating func startAgain(
        _ target: FISTemplate.Target, _ action: FISTemplate.Action
    ) -> JSONObject? {
        let name = "\(action.name): start again"
        guard target.quantity == .all else {
            // Filters find others than those that were chosen, such as instances that somebody else has stopped.
            error(
                action.part.path(of: "parameters")["startInstancesAfterDuration"],
                "only the ledger of the run knows which instances a random choice has stopped",
                hint:
                    "choose ALL, or leave the parameter out and run with --restore always, which starts them at the end"
            )
            return nil
        }
        guard var filters = instanceFilters(target) else { return nil }
        var arguments: JSONObject = ["instance_ids": .array(ids(target))]
        if !target.filters.isEmpty || !target.tags.isEmpty {
            filters.removeAll { $0["Name"] == "instance-state-name" }
            filters.append(["Name": "instance-state-name", "Values": ["running", "stopped"]])
            arguments = ["filters": .array(filters)]
        }
        return activity(name, "action", "chaosaws.ec2.actions", "start_instances", arguments, action)
    }

    private func ids(_ target: FISTemplate.Target) -> [JSONValue] {
        target.arns.compactMap { ARN($0).map { .string($0.name) } }
    }

    /// The paths into an instance's description, and the filters of `DescribeInstances` that compare the same.
    private static let filterNames = [
        "Architecture": "architecture", "ImageId": "image-id", "InstanceLifecycle": "instance-lifecycle",
        "InstanceType": "instance-type", "KeyName": "key-name", "Placement.AvailabilityZone": "availability-zone",
        "Placement.GroupName": "placement-group-name", "Placement.Tenancy": "tenancy", "Platform": "platform",
        "RootDeviceType": "root-device-type", "SecurityGroups.GroupId": "instance.group-id",
        "SecurityGroups.GroupName": "instance.group-name", "State.Name": "instance-state-name",
        "SubnetId": "subnet-id", "VpcId": "vpc-id",
    ]

    private mutating func instanceFilters(_ target: FISTemplate.Target) -> [JSONValue]? {
        var filters: [JSONValue] = target.arns.isEmpty ? [] : [["Name": "instance-id", "Values": .array(ids(target))]]
        filters += target.tags.map { ["Name": .string("tag:\($0.key)"), "Values": [.string($0.value)]] }
        for (index, filter) in target.filters.enumerated() {
            guard let name = Self.filterNames[filter.path] else {
                let meant = Self.filterNames.keys.sorted().nearest(to: filter.path)
                error(
                    target.part.path(of: "filters")[index], "the filter \(filter.path) is not possible",
                    hint: meant.map { "did you mean \($0)?" }
                        ?? "possible are \(Self.filterNames.keys.sorted().joined(separator: ", "))")
                return nil
            }
            filters.append(["Name": .string(name), "Values": .array(filter.values.map(JSONValue.string))])
        }
        guard !filters.isEmpty else {
            error(target.part.path, "names no instances: give ARNs, tags or filters")
            return nil
        }
        return filters
    }

    /// One activity for each database that is named.
    fileprivate mutating func databases(
        _ target: FISTemplate.Target?, _ action: FISTemplate.Action, _ function: String, _ argument: String,
        _ others: JSONObject
    ) -> FISPlan? {
        guard let target else { return nil }
        guard !target.arns.isEmpty, target.filters.isEmpty, target.tags.isEmpty, target.quantity == .all else {
            error(target.part.path, "databases are chosen by ARNs, and all of them")
            return nil
        }
        var plan = FISPlan()
        for name in target.arns.compactMap({ ARN($0)?.name }) {
            var arguments: JSONObject = [argument: .string(name)]
            for (key, value) in others { arguments[key] = value }
            guard
                let activity = activity(
                    "\(action.name): \(name)", "action", "chaosaws.rds.actions", function, arguments, action)
            else { return nil }
            plan.steps.append(.init(activity: activity))
        }
        return plan
    }
}
