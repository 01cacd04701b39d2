import AWSResources
import Basics
import Events
import JSON

extension Source {
    static let ec2 = Source(rawValue: "ec2")
    static let ecs = Source(rawValue: "ecs")
    static let autoScaling = Source(rawValue: "autoscaling")
}

extension EventBridgeEvent {
    /// Instances, volumes and snapshots.
    ///
    /// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/automating_with_eventbridge.html
    var ec2: Notification {
        let id = text("instance-id")
        switch type {
        case "EC2 Instance State-change Notification":
            guard let id, let state = text("state") else { return other }
            let isGone = ["stopped", "terminated"].contains(state)
            var notification = instance("EC2 instance \(id) is \(words(state))\(place)", id, isGone ? .warning : .info)
            notification.state = StateChange(to: state)
            notification.incidentKey = "ec2|\(id)"
            return notification
        case "EC2 Spot Instance Interruption Warning":
            guard let id else { return other }
            let action = text("instance-action") ?? "stop"
            var notification = instance("EC2 Spot instance \(id) will be interrupted\(place)", id, .warning)
            notification.text = "EC2 takes the instance back in two minutes (\(action))."
            return notification
        case "EC2 Instance Rebalance Recommendation":
            guard let id else { return other }
            return instance("EC2 Spot instance \(id) is likely to be interrupted\(place)", id, .info)
        case "EBS Volume Notification", "EBS Snapshot Notification", "EBS Multi-Volume Snapshots Completion Status":
            return storage
        default: return other
        }
    }

    private func instance(_ title: String, _ id: String, _ severity: Severity) -> Notification {
        var notification = notification(title, .ec2, severity)
        notification.resource = resources.first ?? id
        notification.links.add("Instance", console?.instance(id))
        return notification
    }

    private var storage: Notification {
        let isFailure = text("result").map { $0 == "failed" || $0 == "lost" } ?? false
        let kind = type.hasPrefix("EBS Volume") ? "volume" : "snapshot"
        let id = ARN.lastPart(text("snapshot_id")) ?? ARN.lastPart(resources.first)
        let what = words(text("event") ?? "event")
        var notification = notification(
            "EBS \(kind) \(id ?? "unknown"): \(what) \(text("result") ?? "")".trimmed + place, .ec2,
            isFailure ? .critical : .info
        )
        notification.text = text("cause") ?? ""
        if let result = text("result") { notification.state = StateChange(to: result) }
        notification.fields.add("Volume", ARN.lastPart(text("source")))
        if kind == "volume", let id { notification.links.add("Volume", console?.volume(id)) }
        return notification
    }
}

extension EventBridgeEvent {
    /// Launches, terminations and lifecycle actions of an Auto Scaling group.
    ///
    /// https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-event-reference.html
    var autoScaling: Notification {
        guard let group = text("AutoScalingGroupName") else { return other }
        let isFailure = type.hasSuffix("Unsuccessful") || type.hasSuffix("Failed")
        var notification = notification(
            "Auto Scaling group \(group): \(AutoScalingText.what(type))\(place)", .autoScaling,
            isFailure ? .critical : type.hasSuffix("Cancelled") ? .warning : .info
        )
        AutoScalingText.fill(&notification, detail)
        notification.links.add("Auto Scaling group", console?.autoScalingGroup(group))
        return notification
    }
}

extension EventBridgeEvent {
    /// Tasks, deployments and services.
    ///
    /// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_cwe_events.html
    var ecs: Notification {
        switch type {
        case "ECS Task State Change": task
        case "ECS Deployment State Change", "ECS Service Action": service
        default: other
        }
    }

    private var cluster: String? { ARN(text("clusterArn"))?.name }

    private var task: Notification {
        guard let state = text("lastStatus") else { return other }
        let id = ARN.lastPart(text("taskArn"))
        let group = text("group")
        let owner = group.map { $0.hasPrefix("service:") ? String($0.dropFirst(8)) : $0 }
        let code = text("stopCode")
        let failed = containers.filter { $0.exitCode.map { $0 != 0 } ?? false }
        var notification = notification(
            "ECS task of \(owner ?? cluster ?? "unknown") is \(words(state.lowercased()))\(place)", .ecs,
            state == "STOPPED" ? Self.severity(ofStop: code, hasFailures: !failed.isEmpty) : .info
        )
        notification.text = text("stoppedReason") ?? ""
        notification.state = StateChange(to: state)
        notification.resource = text("taskArn") ?? notification.resource
        // ECS delivers a version of a task's state several times, under different event ids.
        if let version = text("version"), let task = text("taskArn") {
            let containers = containers.compactMap(\.text).joined(separator: "\n")
            notification.dedupeKey = message.dedupeKey(
                "\(task)|\(version)", content: "\(state)\n\(notification.text)\n\(containers)")
        }
        notification.incidentKey = group.map { incident(cluster, $0) }
        notification.fields.add("Stop code", code)
        notification.fields.add("Containers", containers.compactMap(\.text).joined(separator: "\n"))
        notification.fields.add("Cluster", cluster)
        notification.fields.add("Task", id)
        notification.fields.add("Task definition", ARN(text("taskDefinitionArn"))?.name)
        notification.fields.add("Launch type", text("launchType"))
        notification.fields.add("Zone", text("availabilityZone"))
        if let cluster, let id { notification.links.add("Task", console?.task(id, cluster: cluster)) }
        if let cluster, let owner, group?.hasPrefix("service:") == true {
            notification.links.add("Service", console?.service(owner, cluster: cluster))
        }
        return notification
    }

    /// The stopped tasks and failed deployments of a service are one incident, which its steady state ends.
    private func incident(_ cluster: String?, _ group: String) -> String {
        "ecs|\(account ?? "")|\(region ?? "")|\(cluster ?? "")|\(group)"
    }

    private struct Container {
        let name: String
        let exitCode: Int?
        let reason: String?

        /// Such as `app: exit code 137, OutOfMemoryError`; nil without an exit code and a reason.
        var text: String? {
            let facts = [exitCode.map { "exit code \($0)" }, reason].compactMap { $0 }
            return facts.isEmpty ? nil : "\(name): \(facts.joined(separator: ", "))"
        }
    }

    private var containers: [Container] {
        (detail["containers"]?.arrayValue ?? []).prefix(20).map { container in
            Container(
                name: container["name"]?.text ?? "container", exitCode: container["exitCode"]?.wholeNumber,
                reason: container["reason"]?.text
            )
        }
    }

    private static func severity(ofStop code: String?, hasFailures: Bool) -> Severity {
        switch code {
        case "EssentialContainerExited": hasFailures ? .critical : .warning
        case "TaskFailedToStart": .critical
        case "SpotInterruption", "TerminationNotice": .warning
        case nil: hasFailures ? .critical : .info
        default: .info
        }
    }

    /// The state of a deployment, or an action of the service scheduler.
    private var service: Notification {
        guard let event = text("eventName") else { return other }
        let arn = ARN(resources.first { ARN($0)?.resource.hasPrefix("service/") == true })
        let parts = arn?.name.split(separator: "/").map { String($0) } ?? []
        let service = parts.last ?? "unknown"
        let cluster = parts.count > 1 ? parts[0] : self.cluster
        let severity: Severity =
            switch text("eventType") {
            case "ERROR": .critical
            case "WARN": .warning
            default: event == "SERVICE_STEADY_STATE" || event == "SERVICE_DEPLOYMENT_COMPLETED" ? .ok : .info
            }
        var name = event
        for prefix in ["SERVICE_DEPLOYMENT_", "SERVICE_"] where name.hasPrefix(prefix) {
            name = String(name.dropFirst(prefix.count))
            break
        }
        let what = event.hasPrefix("SERVICE_DEPLOYMENT_") ? "deployment " : ""
        var notification = notification(
            "ECS service \(service): \(what)\(words(name.lowercased()))\(place)", .ecs, severity
        )
        notification.text = text("reason") ?? ""
        notification.state = StateChange(to: event)
        if arn != nil { notification.incidentKey = incident(cluster, "service:" + service) }
        notification.fields.add("Cluster", cluster)
        notification.fields.add("Deployment", text("deploymentId"))
        notification.fields.add(
            "Capacity providers",
            (detail["capacityProviderArns"]?.texts ?? [])
                .map { ARN($0)?.name ?? $0 }.joined(separator: ", "))
        if let cluster, arn != nil { notification.links.add("Service", console?.service(service, cluster: cluster)) }
        return notification
    }
}
