internal import JSON
internal import Transport

/// Credentials of an EC2 instance's role, by the second version of its metadata service.
///
/// Source: "IMDS credential provider" in the AWS SDKs and Tools reference guide.
struct InstanceMetadataCredentials {
    private static let path = "/latest/meta-data/iam/security-credentials/"
    /// Off EC2 nobody answers: this bounds what finding that out takes.
    private static let timeout = Duration.seconds(1)

    let fetcher: CredentialFetcher

    func fetch() async throws -> AWSCredentials {
        let token = try await text(
            "/latest/api/token", method: "PUT", headers: ["X-aws-ec2-metadata-token-ttl-seconds": "21600"]
        )
        let headers: HTTPHeaders = ["X-aws-ec2-metadata-token": token]
        let role = try await text(Self.path, headers: headers)
        var credentials = try AWSCredentials(
            document: Array(try await text(Self.path + role, headers: headers).utf8)
        )
        // When the service behind it is down, it hands out old credentials, which AWS then goes on accepting.
        let respite = CredentialFreshness.advisoryWindow + .seconds(120 + 480 * fetcher.time.random())
        let soonest = fetcher.time.now() + respite
        if let expiration = credentials.expiration, expiration < soonest { credentials.expiration = soonest }
        return credentials
    }

    private var base: String {
        let settings = fetcher.settings
        if let url = settings.value("AWS_EC2_METADATA_SERVICE_ENDPOINT", key: "ec2_metadata_service_endpoint") {
            return url.hasSuffix("/") ? String(url.dropLast()) : url
        }
        let mode = settings.value("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", key: "ec2_metadata_service_endpoint_mode")
        return mode?.lowercased() == "ipv6" ? "http://[fd00:ec2::254]" : "http://169.254.169.254"
    }

    /// One retry.
    private func text(_ path: String, method: String = "GET", headers: HTTPHeaders) async throws -> String {
        func bytes() async throws -> [UInt8] {
            try await fetcher.get(base + path, method: method, headers: headers, timeout: Self.timeout)
        }
        let answer: [UInt8]
        do { answer = try await bytes() } catch is AWSError { answer = try await bytes() }
        return trimmed(String(decoding: answer, as: UTF8.self))
    }
}
