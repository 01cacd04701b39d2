import AWS
import Basics
import JSON

/// Looks at a deployment, by as few calls as its state needs.
///
/// `DescribeServices` is always called; what shows more (`DescribeServiceDeployments`, `DescribeTargetHealth`, stopped
/// tasks) is left out where the role may not, which the status tells.
///
/// Classic load balancers are not asked: ECS has none for tasks with an address of their own, as all of Fargate's are.
public struct DeploymentWatcher: Sendable {
    private let clients: AdjusterClients

    /// A watcher.
    public init(_ clients: AdjusterClients) { self.clients = clients }

    /// Looks once.
    /// - Parameter previous: the status of the look before; nil for the first one.
    /// - Throws: ``AdjusterError`` `unavailable` when the service cannot be read now; `CancellationError`.
    public func look(
        at expected: ExpectedDeployment, after previous: DeploymentStatus?
    ) async throws -> DeploymentStatus {
        let service: FargateService
        do {
            service = try await clients.service(expected.service, in: expected.cluster)
        } catch let error as AdjusterError where error.code == .refused {
            return .missing(expected, after: previous)
        }
        var look = DeploymentLook(expected, after: previous, service: service)
        while let question = look.question { try await answer(question, &look) }
        return look.status()
    }

    /// Every answer, none too, is taken, so that the same question does not come again in this look.
    private func answer(_ question: DeploymentLook.Question, _ look: inout DeploymentLook) async throws {
        switch question {
        case .deployment(let arn):
            let output = try await call(
                "DescribeServiceDeployments", ["serviceDeploymentArns": [.string(arn)]], question, &look)
            if let found = output?["serviceDeployments"]?[0] {
                look.take(deployment: .read(ServiceDeployment(found)))
            } else if output != nil {
                look.takeMissing(arn)
            } else {
                look.take(deployment: look.isDenied(question) ? .absent : .failed)
            }
        case .search(let since):
            let output = try await call(
                "ListServiceDeployments",
                [
                    "cluster": .string(look.expected.cluster), "service": .string(look.expected.service),
                    "createdAt": ["after": .string(since.iso8601)],
                ], question, &look)
            let newest = output?["serviceDeployments"]?.arrayValue?.max {
                ($0.timestamp("createdAt") ?? since) < ($1.timestamp("createdAt") ?? since)
            }
            look.take(searched: newest?.words("serviceDeploymentArn"))
        case .targets(let groups):
            var health: [TargetGroupHealth] = []
            for group in groups {
                guard
                    let output = try await call(
                        "DescribeTargetHealth", ["TargetGroupArn": .string(group)], question, &look,
                        by: clients.loadBalancing)
                else { return look.take(targets: look.isDenied(question) ? .absent : .failed) }
                health.append(TargetGroupHealth(group: group, output))
            }
            look.take(targets: .read(health))
        case .stoppedTasks:
            look.take(tasks: try await stoppedTasks(question, &look))
        }
    }

    /// ECS keeps stopped tasks for about an hour; a hundred of them are enough for a cause.
    private func stoppedTasks(
        _ question: DeploymentLook.Question, _ look: inout DeploymentLook
    ) async throws -> DeploymentLook.Reading<[StoppedTask]> {
        let cluster = JSONValue.string(look.expected.cluster)
        guard
            let list = try await call(
                "ListTasks",
                [
                    "cluster": cluster, "serviceName": .string(look.service.name), "desiredStatus": "STOPPED",
                    "maxResults": 100,
                ], question, &look)
        else { return .failed }
        let arns = list["taskArns"]?.arrayValue ?? []
        guard !arns.isEmpty else { return .read([]) }
        guard
            let output = try await call(
                "DescribeTasks", ["cluster": cluster, "tasks": .array(arns)], question, &look)
        else { return .failed }
        return .read((output["tasks"]?.arrayValue ?? []).map(StoppedTask.init))
    }

    /// An operation's output; nil where it is denied, which the look remembers, and where there is no answer this time.
    private func call(
        _ operation: String, _ input: JSONValue, _ question: DeploymentLook.Question, _ look: inout DeploymentLook,
        by client: OnFirstUse<AWSClient>? = nil
    ) async throws -> JSONValue? {
        do {
            let ecs = clients.ecs
            let answer = try await clients.optional(client ?? OnFirstUse { ecs }, operation, input)
            if case .withheld = answer {
                let action = question.actions.first { $0.hasSuffix(":\(operation)") } ?? operation
                look.deny(question, action)
            }
            return answer.output
        } catch let error as AdjusterError {
            if error.isThrottling { look.isThrottled = true }
            look.problem = error.message
            return nil
        }
    }
}

extension AdjusterError {
    /// Whether AWS limited the rate of the call: look less often.
    var isThrottling: Bool { (underlying as? AWSError)?.isThrottling == true }
}
