internal import Transport

/// Credentials from the agent of ECS, EKS or Greengrass.
///
/// Source: "Container credential provider" in the AWS SDKs and Tools reference guide.
struct ContainerCredentials {
    static let attempts = 3

    let fetcher: CredentialFetcher
    let url: String

    func fetch() async throws -> AWSCredentials {
        var attempt = 1
        while true {
            do {
                let headers = try headers()
                return try AWSCredentials(
                    document: await fetcher.get(url, headers: headers, timeout: .seconds(2))
                )
            } catch let error as AWSError where attempt < Self.attempts && error.code != Self.badToken {
                attempt += 1
                try await fetcher.time.sleep(.seconds(1))
            } catch let error as AWSError {
                throw AWSError(.credentialsFailed, "container: \(error.message)", underlying: error.underlying)
            }
        }
    }

    private static let badToken = AWSError.LocalCode.invalidConfiguration.rawValue

    /// The token's file is read each time: EKS replaces it.
    private func headers() throws(AWSError) -> HTTPHeaders {
        var headers: HTTPHeaders = ["Accept": "application/json"]
        let token: String?
        if let path = fetcher.settings.value("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE") {
            token = readText(path)
            if token == nil { throw AWSError(.invalidConfiguration, "cannot read the token file \(path)") }
        } else {
            token = fetcher.settings.value("AWS_CONTAINER_AUTHORIZATION_TOKEN")
        }
        if let token, token.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) {
            throw AWSError(.invalidConfiguration, "the authorization token has a line end or control character in it")
        }
        headers["Authorization"] = token
        return headers
    }
}
