public import AWS
public import Basics
import JSON
import Transport

extension KubernetesConfiguration {
    /// A cluster of EKS by its name: its address and authority from EKS, and tokens of the AWS credentials.
    ///
    /// The caller needs `eks:DescribeCluster`, and an access entry in the cluster.
    /// - Parameters:
    ///   - aws: region and credentials.
    ///   - environment: for the proxies.
    ///   - executor: where tokens are renewed: the event loop.
    /// - Throws: `KubernetesError` with `invalidConfiguration`: there is no such cluster, or it cannot be used yet;
    ///   `CancellationError`.
    public static func eks(
        cluster name: String, aws: AWSConfiguration, environment: Environment,
        executor: (any TaskExecutor)? = nil, until deadline: Timestamp
    ) async throws -> KubernetesConfiguration {
        let source = "EKS cluster \(name) in \(aws.region)"
        let cluster: JSONValue
        do {
            let eks = try AWSClient(.eks, configuration: aws)
            let answer = try await eks.call("DescribeCluster", ["name": .string(name)], deadline: deadline)
            cluster = answer["cluster"] ?? .null
        } catch let error as AWSError {
            throw KubernetesError(.invalidConfiguration, "\(source): \(error)", underlying: error)
        }
        guard let server = cluster["endpoint"]?.stringValue,
            let authority = cluster["certificateAuthority"]?["data"]?.stringValue.flatMap(Base64.decode)
        else {
            let status = cluster["status"]?.stringValue ?? "unknown"
            throw KubernetesError(
                .invalidConfiguration, "\(source) has no endpoint (its status is \(status)): wait until it is ACTIVE")
        }
        // A cluster on an outpost is known by its id, as in `aws eks get-token --cluster-id`.
        let tokens = EKSTokens(clusterID: cluster["id"]?.stringValue ?? name, aws: aws)
        let kept = RenewedCredentials(of: "the AWS identity of this program", time: aws.time, executor: executor) { _ in
            try await tokens.next()
        }
        var configuration = try KubernetesConfiguration(
            server: server, authorities: .pem(authority), authentication: kept.authentication, source: source)
        configuration.proxy = ProxySettings(environment: environment.variables)
        return configuration
    }
}

/// Tokens for EKS clusters: a presigned call of STS that tells the cluster who has signed it.
///
/// Source: the AWS CLI's `awscli/customizations/eks/get_token.py`.
struct EKSTokens: Sendable {
    let clusterID: String
    let aws: AWSConfiguration

    /// The cluster takes a token for 15 minutes, whatever the URL says of its expiry.
    private static let lifetime = Duration.seconds(14 * 60)
    private static let urlExpires = Duration.seconds(60)
    private static let prefix = "k8s-aws-v1."

    /// A new token, and when to renew it.
    func next() async throws -> (KubernetesCredentials, Timestamp?) {
        let url = try await AWSClient(.sts, configuration: aws)
            .presignedURL("GetCallerIdentity", headers: ["x-k8s-aws-id": clusterID], expires: Self.urlExpires)
        let end = aws.time.now() + Self.lifetime
        let credentialsExpire = try await aws.credentials.credentials().expiration
        let token = KubernetesCredentials(token: Self.token(of: url))
        return (token, credentialsExpire.map { min($0, end) } ?? end)
    }

    /// The token of a presigned URL: Base64 for URLs without padding.
    static func token(of url: String) -> String {
        let text = Base64.encode(Array(url.utf8)).filter { $0 != "=" }
        return prefix + String(text.map { $0 == "+" ? "-" : $0 == "/" ? "_" : $0 })
    }
}
