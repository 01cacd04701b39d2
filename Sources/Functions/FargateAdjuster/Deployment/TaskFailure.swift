import Basics
import JSON

/// What a failed task, or an event about one, tells of the cause.
struct TaskFailure: Sendable, Hashable, Codable {
    var cause: FailureCause
    /// Whether every further task fails for the same reason, so that waiting helps nothing.
    var isFinal = false

    /// Reads ECS's words for why a task could not be started, or was stopped; nil for words of another kind.
    /// - Parameter subject: such as `container web`; nil when it is not known.
    init?(_ words: String, of subject: String? = nil) {
        guard let rule = Self.rules.first(where: { $0.fits(words) }) else { return nil }
        let place = subject.map { "\($0): " } ?? ""
        cause = FailureCause(rule.kind, "\(place)\(words.shown(300)); \(rule.advice)")
        isFinal = rule.isFinal
    }

    init(_ kind: FailureCause.Kind, _ text: String) { cause = FailureCause(kind, text) }

    private struct Rule {
        let kind: FailureCause.Kind
        var isFinal = false
        /// The words have one of each group.
        let words: [[String]]
        let advice: String

        func fits(_ text: String) -> Bool { words.allSatisfy { $0.contains { text.containsBytes($0) } } }
    }

    private static let pull = ["CannotPull"]
    private static let setup = ["ResourceInitializationError"]
    private static let network = ["timeout", "timed out", "deadline exceeded", "connection re", "dial tcp", "no route"]
    private static let refusal = [
        "AccessDenied", "not authorized", "access denied", "denied", "nauthorized", "403 Forbidden", "no basic auth",
    ]

    /// The first one that fits counts.
    ///
    /// Source: "Amazon ECS stopped tasks error messages" and "Troubleshooting Amazon ECS
    /// ResourceInitializationError", "CannotPullContainer task errors", "OutOfMemoryError errors", "service event
    /// messages" in Amazon ECS's Developer Guide.
    private static let rules = [
        Rule(kind: .outOfMemory, words: [["OutOfMemory"]], advice: "give it more memory, or look for a leak"),
        Rule(
            kind: .imageNotFound, isFinal: true, words: [pull, ["descriptor", "no match"], ["platform"]],
            advice: "build the image for the platform, or change runtimePlatform of the task definition"),
        Rule(
            kind: .other, words: [pull, ["toomanyrequests", "pull rate limit"]],
            advice: "wait, or pull through a registry of your own"),
        Rule(
            kind: .other, words: [pull, network],
            advice: "check the route of the subnets to the registry (NAT gateway or VPC endpoints) and security groups"),
        Rule(
            kind: .imageNotFound, isFinal: true,
            words: [
                pull,
                [
                    "not found", "does not exist", "manifest unknown", "name unknown", "RepositoryNotFound",
                    "invalid reference format",
                ],
            ],
            advice: "push the image, or correct its name and tag in the task definition"),
        Rule(
            kind: .denied, isFinal: true, words: [pull, refusal],
            advice: "allow the task's execution role to pull it, or give repositoryCredentials"),
        Rule(kind: .other, words: [pull], advice: "look at the stopped task in the console"),
        Rule(
            kind: .resourceNotFound, words: [setup, network],
            advice: "check the route of the subnets to it (NAT gateway or VPC endpoints) and the security groups"),
        Rule(
            kind: .denied, isFinal: true, words: [setup, refusal],
            advice: "allow it to the task's execution role"),
        Rule(
            kind: .resourceNotFound, isFinal: true,
            words: [
                setup,
                [
                    "ResourceNotFoundException", "does not exist", "can't find", "invalid ssm parameters",
                    "InvalidParameters", "did not contain json key",
                ],
            ],
            advice: "create it, or correct its name in the task definition"),
        Rule(
            kind: .resourceNotFound, words: [setup],
            advice: "check the secrets, logs and volumes that the task definition names"),
        Rule(
            kind: .resourceNotFound, isFinal: true, words: [["log group does not exist"]],
            advice: "create the log group, or correct its name in the task definition"),
        Rule(
            kind: .denied, isFinal: true, words: [["unable to assume the role"]],
            advice: "let ecs-tasks.amazonaws.com assume the role, and check that it exists"),
        Rule(
            kind: .containerExited, isFinal: true, words: [["exec format error"]],
            advice: "the image is for another CPU architecture: build it for the task's, or change runtimePlatform"),
        Rule(
            kind: .containerExited, isFinal: true,
            words: [["CannotStart", "runc"], ["executable file not found", "no such file or directory"]],
            advice: "correct command and entryPoint, or the image"),
        Rule(
            kind: .noCapacity, words: [["Capacity is unavailable"]],
            advice: "wait, add subnets in other zones, or choose another size"),
        Rule(
            kind: .noCapacity, words: [["reached the limit on the number of"]],
            advice: "raise the account's Fargate quota in Service Quotas, or run fewer tasks"),
        Rule(
            kind: .noCapacity, words: [["Spot Task was interrupted", "Spot interruption"]],
            advice: "wait, or run it on FARGATE"),
        Rule(
            kind: .targetHealth,
            words: [["failed ELB health checks", "unhealthy in (target-group", "unhealthy in target-group"]],
            advice: "check the path, port and grace period of the health check, and the container's log"),
        Rule(
            kind: .containerHealth, words: [["failed container health checks"]],
            advice: "check the container's healthCheck and its log"),
    ]
}

/// A task that was stopped, of `DescribeTasks`.
struct StoppedTask: Sendable, Hashable {
    /// One of its containers.
    struct Container: Sendable, Hashable {
        var name = ""
        var exitCode: Int?
        var reason: String?
        /// MiB; nil when it only has the task's limit.
        var memory: Int?
    }

    var arn = ""
    /// The ARN of its revision.
    var taskDefinition = ""
    /// `TaskFailedToStart`, `EssentialContainerExited`, `UserInitiated`, `ServiceSchedulerInitiated`,
    /// `SpotInterruption`, `TerminationNotice`.
    var stopCode = ""
    var reason = ""
    var stoppedAt: Timestamp?
    /// MiB.
    var memory: Int?
    var containers: [Container] = []

    init() {}

    /// A member of `tasks`.
    init(_ json: JSONValue) {
        arn = json.text("taskArn")
        taskDefinition = json.text("taskDefinitionArn")
        stopCode = json.text("stopCode")
        reason = json.text("stoppedReason")
        stoppedAt = json.timestamp("stoppedAt") ?? json.timestamp("stoppingAt")
        memory = json["memory"]?.stringValue.flatMap { Int($0) }
        containers = (json["containers"]?.arrayValue ?? []).map {
            Container(
                name: $0.text("name"), exitCode: $0["exitCode"]?.intValue.map { Int($0) }, reason: $0.words("reason"),
                memory: $0["memory"]?.stringValue.flatMap { Int($0) })
        }
    }

    /// Whether it counts as failed: not when ECS stopped it for a deployment or for fewer tasks, and not when somebody
    /// stopped it or Spot took it back.
    var hasFailed: Bool {
        switch stopCode {
        case "TaskFailedToStart", "EssentialContainerExited": true
        case "UserInitiated", "SpotInterruption", "TerminationNotice": false
        default: failure?.cause.kind == .targetHealth || failure?.cause.kind == .containerHealth
        }
    }

    /// Why it was stopped; nil where that is no failure.
    var failure: TaskFailure? {
        if let killed = containers.first(where: { $0.reason?.containsBytes("OutOfMemory") == true }) {
            let limit = killed.memory ?? memory
            let text = limit.map { "container \(killed.name) (limit \($0) MiB)" } ?? "container \(killed.name)"
            return TaskFailure(killed.reason ?? reason, of: text)
        }
        for container in containers {
            if let words = container.reason, let failure = TaskFailure(words, of: "container \(container.name)") {
                return failure
            }
        }
        if let failure = TaskFailure(reason) { return failure }
        return exit
    }

    /// The container that ended the task: the first one with an exit code that is not 0, else the first one that ended.
    private var exit: TaskFailure? {
        guard stopCode == "EssentialContainerExited" || stopCode == "TaskFailedToStart" else { return nil }
        guard
            let ended = containers.first(where: { ($0.exitCode ?? 0) != 0 })
                ?? containers.first(where: { $0.exitCode != nil })
        else {
            return TaskFailure(.other, "\(stopCode): \(reason.shown(300)); look at the stopped task in the console")
        }
        let code = ended.exitCode ?? 0
        let words = ended.reason ?? reason
        let hint =
            switch code {
            case 137: "it was killed (SIGKILL), often for want of memory or for ending too slowly"
            case 139: "it crashed (SIGSEGV)"
            case 143: "it was told to end (SIGTERM)"
            case 0: "an essential container must not end: check its command"
            default: "look at its log"
            }
        return TaskFailure(
            .containerExited, "container \(ended.name) exited with code \(code) (\(words.shown(200))); \(hint)")
    }
}

extension String {
    /// The text on one line, without what cannot be printed, and not longer than that.
    func shown(_ limit: Int) -> String {
        var scalars = String.UnicodeScalarView()
        for scalar in unicodeScalars {
            if !scalar.isInvisible {
                scalars.append(scalar)
            } else if scalar.value < 0x20, scalars.last != " " {
                scalars.append(" ")
            }
        }
        let line = String(scalars)
        return line.count <= limit ? line : line.prefix(limit - 1) + "…"
    }
}
