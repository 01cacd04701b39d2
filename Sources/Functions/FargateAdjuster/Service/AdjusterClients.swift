public import AWS
import Basics
import Transport

/// The clients that an adjuster calls AWS by.
///
/// Each is made when it is first used.
public struct AdjusterClients: Sendable {
    /// A single call, with its repetitions, ends after this time.
    static let callTimeout = Duration.seconds(60)

    let ecs: AWSClient
    let loadBalancing: OnFirstUse<AWSClient>
    let scaling: OnFirstUse<AWSClient>
    let optimizer: OnFirstUse<AWSClient>
    /// Where the services are.
    public let region: String
    let time: TimeSource

    /// Clients with these settings; nothing is sent.
    public init(_ aws: AWSConfiguration) throws(AWSError) {
        ecs = try AWSClient(.ecs, configuration: aws)
        loadBalancing = OnFirstUse { try AWSClient(.elasticLoadBalancingv2, configuration: aws) }
        scaling = OnFirstUse { try AWSClient(.applicationAutoScaling, configuration: aws) }
        optimizer = OnFirstUse { try AWSClient(.computeOptimizer, configuration: aws) }
        (region, time) = (aws.region, aws.time)
    }

    /// A client of ECS whose calls reach it at most once, whatever becomes of the answer.
    func ecsSendingOnce() throws(AWSError) -> AWSClient {
        var once = ecs.configuration
        (once.maximumAttempts, once.http) = (1, HTTPSentOnce(base: once.http))
        return try AWSClient(.ecs, configuration: once)
    }
}

/// Requests that reach a server at most once.
private struct HTTPSentOnce: HTTPExecuting {
    let base: any HTTPExecuting

    func execute(_ request: HTTPRequest) async throws -> HTTPResponse {
        var request = request
        request.isSentOnce = true
        return try await base.execute(request)
    }
}
