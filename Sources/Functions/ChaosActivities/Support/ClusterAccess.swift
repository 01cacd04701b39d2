import AWS
import Basics
import Experiments
import JSON
import Kubernetes

extension NativeActivity.Invocation {
    /// A client of the EKS cluster that `eks_cluster` of the configuration names; without it of the one that the
    /// secrets and the environment name, by chaosk8s's rules.
    ///
    /// Calls take `deadline` as theirs.
    func cluster() async throws -> KubernetesClient {
        if let name = configuration["eks_cluster"]?.stringValue, !name.isEmpty {
            return try await eksCluster(named: name)
        }
        var texts: [String: String] = [:]
        for (name, value) in secrets { texts[name] = value.stringValue }
        let configuration = try KubernetesConfiguration.ofChaosToolkit(
            secrets: texts, environment: Environment(aws.settings.environment), loop: loop, time: time)
        return KubernetesClient(configuration, loop: loop, time: time)
    }

    /// A client of an EKS cluster; its certificate is verified by the authority that EKS tells.
    func eksCluster(named name: String) async throws -> KubernetesClient {
        let aws = try awsConfiguration()
        let configuration = try await KubernetesConfiguration.eks(
            cluster: name, aws: aws, environment: Environment(aws.settings.environment), executor: loop,
            until: deadline)
        return KubernetesClient(configuration, loop: loop, time: time)
    }

    /// The namespace of the argument `ns`.
    var namespace: KubernetesNamespace { .named(namespaceName) }

    /// The name in the argument `ns`.
    var namespaceName: String { argument("ns").stringValue ?? "default" }
}

extension NativeActivity {
    /// An activity on a Kubernetes cluster.
    ///
    /// Whatever one of its parts throws becomes an `ExperimentError` whose message is the one that Chaos Toolkit would
    /// write to its journal: of a `KubernetesError` that the code lets pass, the Python client's `ApiException`.
    static func kubernetes(
        _ module: String, _ function: String, _ kind: Activity.Kind, _ summary: String, arguments: [Argument] = [],
        calls: [Call] = [], callsOfArguments: (@Sendable (JSONObject) -> [Call])? = nil, choice: String = "",
        aliases: [String] = [], targets: @escaping @Sendable (Invocation) async throws -> [Target] = { _ in [] },
        undo: Undo? = nil, run: @escaping @Sendable (Invocation, [Target]) async throws -> JSONValue
    ) -> NativeActivity {
        .aws(
            module, function, kind, summary, arguments: arguments, calls: calls, callsOfArguments: callsOfArguments,
            choice: choice, aliases: aliases, targets: targets, undo: undo, run: run)
    }
}

extension KubernetesError {
    /// `str(error)` of the Python client's `ApiException`, but without the header fields of the response.
    ///
    /// An error without a response is told in our own words.
    var pythonText: String {
        guard let status else { return description }
        return "(\(status))\nReason: \(reasonPhrase(status))\nHTTP response body: \(body)\n"
    }

    private static func pythonType(_ status: Int) -> String {
        switch status {
        case 400: "BadRequestException"
        case 401: "UnauthorizedException"
        case 403: "ForbiddenException"
        case 404: "NotFoundException"
        case 409: "ConflictException"
        case 422: "UnprocessableEntityException"
        case 500...599: "ServiceException"
        default: "ApiException"
        }
    }

    /// What the journal has of a call that chaosk8s does not guard.
    var raised: ExperimentError {
        guard let status else { return ExperimentError(.activityFailed, description, underlying: self) }
        let text = "kubernetes.client.exceptions.\(Self.pythonType(status)): \(pythonText)"
        return ExperimentError(.activityFailed, String(text.trimmingWhitespace), underlying: self)
    }

    /// What the journal has of a call whose refusal chaosk8s tells itself.
    /// - Parameter message: its text; made of `body` or `pythonText`.
    func raised(as message: String) -> ExperimentError {
        guard status != nil else { return ExperimentError(.activityFailed, description, underlying: self) }
        let text = "chaoslib.exceptions.ActivityFailed: \(message)"
        return ExperimentError(.activityFailed, String(text.trimmingWhitespace), underlying: self)
    }
}

/// Makes one change after the other in a cluster.
///
/// - Parameter verb: what was done to those before: `deleted`.
/// - Throws: the first error; it also names the targets that were changed before it.
func changeInTurn<Element>(
    _ elements: [Element], _ verb: String, name: (Element) -> String, _ body: (Element) async throws -> Void
) async throws {
    for (index, element) in elements.enumerated() {
        do { try await body(element) } catch let error as KubernetesError where index > 0 {
            let done = elements.prefix(index).map(name).joined(separator: ", ")
            throw ExperimentError(
                .activityFailed, "\(error.raised.message)\nalready \(verb): \(done)", underlying: error)
        }
    }
}
