import Basics
import JSON

@testable import FargateAdjuster

/// What ECS shows at a look, for tests without a server.
///
/// It is built as ECS answers, so that reading it is tested, too.
struct SampleService {
    static let begin = Timestamp(secondsSinceEpoch: 1_800_000_000)
    static let new = "arn:aws:ecs:eu-central-1:123456789012:task-definition/web:8"
    static let old = "arn:aws:ecs:eu-central-1:123456789012:task-definition/web:7"
    static let other = "arn:aws:ecs:eu-central-1:123456789012:task-definition/web:9"
    static let deploymentARN = "arn:aws:ecs:eu-central-1:123456789012:service-deployment/default/web/new"
    static let earlierARN = "arn:aws:ecs:eu-central-1:123456789012:service-deployment/default/web/earlier"

    var members: JSONObject = [
        "serviceArn": "arn:aws:ecs:eu-central-1:123456789012:service/default/web", "serviceName": "web",
        "clusterArn": "arn:aws:ecs:eu-central-1:123456789012:cluster/default", "status": "ACTIVE", "desiredCount": 2,
    ]
    var deployments: [JSONValue] = []
    var events: [JSONValue] = []

    /// A service whose newest deployment is of the new revision.
    init(
        _ running: Int, of desired: Int = 2, pending: Int = 0, failed: Int = 0, old: Int = 0,
        rollout: String? = "IN_PROGRESS", revision: String = SampleService.new, at seconds: Double = 1
    ) {
        members["desiredCount"] = JSONValue(desired)
        add(revision, running, of: desired, pending: pending, failed: failed, rollout: rollout, at: seconds)
        if old > 0 { add(Self.old, old, of: desired, status: "ACTIVE", rollout: "COMPLETED", at: -86_400) }
    }

    mutating func add(
        _ revision: String, _ running: Int, of desired: Int = 2, pending: Int = 0, failed: Int = 0,
        status: String = "PRIMARY", rollout: String? = "IN_PROGRESS", reason: String? = nil, at seconds: Double
    ) {
        var deployment: JSONObject = [
            "id": .string("ecs-svc/\(deployments.count)"), "status": .string(status),
            "taskDefinition": .string(revision), "desiredCount": JSONValue(desired),
            "runningCount": JSONValue(running), "pendingCount": JSONValue(pending), "failedTasks": JSONValue(failed),
            "createdAt": .string((Self.begin + .seconds(seconds)).iso8601),
        ]
        deployment["rolloutState"] = rollout.map(JSONValue.string)
        deployment["rolloutStateReason"] = reason.map(JSONValue.string)
        deployments.append(.object(deployment))
    }

    func with(_ change: (inout SampleService) -> Void) -> SampleService {
        var copy = self
        change(&copy)
        return copy
    }

    mutating func event(_ message: String, at seconds: Double = 10) {
        events.insert(
            [
                "id": "1", "createdAt": .string((Self.begin + .seconds(seconds)).iso8601),
                "message": .string("(service web) \(message)"),
            ], at: 0)
    }

    mutating func breaker(rollback: Bool) {
        members["deploymentConfiguration"] = [
            "deploymentCircuitBreaker": ["enable": true, "rollback": .bool(rollback)]
        ]
    }

    mutating func targetGroups(_ strategy: String = "ROLLING") {
        members["deploymentConfiguration"] = ["strategy": .string(strategy)]
        var balancer: JSONObject = ["targetGroupArn": "blue"]
        if strategy != "ROLLING" { balancer["advancedConfiguration"] = ["alternateTargetGroupArn": "green"] }
        members["loadBalancers"] = [.object(balancer)]
    }

    var service: FargateService {
        var members = members
        members["deployments"] = .array(deployments)
        members["events"] = .array(events)
        let running = deployments.reduce(0) { $0 + ($1["runningCount"]?.intValue ?? 0) }
        members["runningCount"] = JSONValue(running)
        return FargateService(.object(members))
    }

    static var expected: ExpectedDeployment {
        ExpectedDeployment(
            service: "arn:aws:ecs:eu-central-1:123456789012:service/default/web",
            cluster: "arn:aws:ecs:eu-central-1:123456789012:cluster/default", taskDefinition: new, desiredCount: 2,
            since: begin)
    }

    /// A member of `serviceDeployments`.
    static func deployment(
        _ status: String, stage: String? = nil, at seconds: Double = 1, arn: String = deploymentARN,
        _ more: JSONObject = [:]
    ) -> ServiceDeployment {
        var members: JSONObject = [
            "serviceDeploymentArn": .string(arn), "status": .string(status),
            "createdAt": .string((begin + .seconds(seconds)).iso8601),
        ]
        members["lifecycleStage"] = stage.map(JSONValue.string)
        for (key, value) in more { members[key] = value }
        return ServiceDeployment(.object(members))
    }

    /// A member of `tasks`.
    static func task(
        _ stopCode: String, _ reason: String, exitCode: Int? = nil, _ containerReason: String? = nil,
        revision: String = new, at seconds: Double = 20
    ) -> StoppedTask {
        var container: JSONObject = ["name": "app"]
        container["exitCode"] = exitCode.map { JSONValue($0) }
        container["reason"] = containerReason.map(JSONValue.string)
        return StoppedTask([
            "taskArn": .string("arn:aws:ecs:eu-central-1:123456789012:task/default/\(seconds)"),
            "taskDefinitionArn": .string(revision), "stopCode": .string(stopCode), "stoppedReason": .string(reason),
            "memory": "512", "stoppedAt": .string((begin + .seconds(seconds)).iso8601),
            "containers": [.object(container)],
        ])
    }
}

/// Looks at samples, one after the other, as the watcher does.
struct SampleLooks {
    var expected = SampleService.expected
    /// What `DescribeServiceDeployments` answers; nil for nothing.
    var deployment: ServiceDeployment?
    /// What `ListServiceDeployments` answers.
    var searched: String?
    var targets: [TargetGroupHealth]?
    var tasks: [StoppedTask] = []
    /// Operations that are denied.
    var denied: Set<String> = []
    /// Operations that have no answer this time.
    var failing: Set<String> = []
    private(set) var status: DeploymentStatus?
    /// What was asked at the last look.
    private(set) var questions: [DeploymentLook.Question] = []

    @discardableResult
    mutating func look(at sample: SampleService) -> DeploymentStatus {
        var look = DeploymentLook(expected, after: status, service: sample.service)
        questions = []
        while let question = look.question, questions.count < 10 {
            questions.append(question)
            let withheld = question.actions.first { denied.contains($0) }
            if let withheld { look.deny(question, withheld) }
            let fails = question.actions.contains { failing.contains($0) } || withheld != nil
            switch question {
            case .deployment(let arn):
                if fails {
                    look.take(deployment: withheld == nil ? .failed : .absent)
                } else if let deployment {
                    look.take(deployment: .read(deployment))
                } else {
                    look.takeMissing(arn)
                }
            case .search: look.take(searched: fails ? nil : searched)
            case .targets: look.take(targets: withheld != nil ? .absent : fails ? .failed : .read(targets ?? []))
            case .stoppedTasks: look.take(tasks: fails ? .failed : .read(tasks))
            }
        }
        let found = look.status()
        status = found
        return found
    }
}

extension TargetGroupHealth {
    /// A group of so many targets, of which so many are healthy.
    static func sample(_ group: String = "blue", healthy: Int, of serving: Int) -> TargetGroupHealth {
        var health = TargetGroupHealth(group: group)
        (health.healthy, health.serving) = (healthy, serving)
        if healthy < serving { health.reason = "unhealthy: Target.Timeout: Request timed out" }
        return health
    }
}
