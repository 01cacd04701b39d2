import AWS
import Basics
import JSON
import Transport

extension AWSCall {
    /// What to do about an error that is common, a line each; empty for others.
    func advice(on error: AWSError) async -> [String] {
        switch error.localCode {
        case .invalidConfiguration?:
            return error.message.hasPrefix("no region") ? ["Give --region, such as --region eu-central-1."] : []
        case .noCredentials?:
            return [
                "Sign in (aws sso login, aws login), choose a profile with --profile, or set AWS_ACCESS_KEY_ID and "
                    + "AWS_SECRET_ACCESS_KEY."
            ]
        case .credentialsFailed?, .invalidParameter?, .invalidResponse?, .transport?: return []
        case nil: break
        }
        if let advice = Self.adviceByCode[error.code] { return [advice] }
        guard Self.deniedCodes.contains(error.code) else { return [] }
        var lines: [String] = []
        if let caller = await caller() { lines.append("The caller is \(caller).") }
        if let start = error.message.firstRange(of: "Encoded authorization failure message:") {
            let text = error.message[start.upperBound...].trimmingWhitespace.prefix { $0 != " " }
            lines.append("`tocsin aws sts decode-authorization-message --encoded-message \(text)` tells why.")
        } else if !error.message.contains(":\(operation.name)") {
            let action = "\(description.actionPrefix):\(operation.name)"
            lines.append("It needs the permission for this operation, usually \(action).")
        }
        return lines
    }

    private static let deniedCodes: Set = [
        "AccessDenied", "AccessDeniedException", "AuthorizationError", "NotAuthorized", "UnauthorizedOperation",
        "403", "Forbidden",
    ]

    private static let adviceByCode: [String: String] = {
        let expired = "The credentials have expired: sign in again (aws sso login, aws login), or fetch new keys."
        let unknown =
            "AWS does not know this access key: it was deleted, belongs to another partition, the region is not "
            + "enabled in the account, or a temporary key (ASIA…) lacks its AWS_SESSION_TOKEN."
        let signature =
            "The secret key is not that of the access key, or is not complete; or this machine's clock is wrong."
        return [
            "ExpiredToken": expired, "ExpiredTokenException": expired, "TokenRefreshRequired": expired,
            "AuthFailure": unknown, "InvalidAccessKeyId": unknown, "InvalidClientTokenId": unknown,
            "UnrecognizedClientException": unknown,
            "InvalidSignatureException": signature, "SignatureDoesNotMatch": signature,
            "OptInRequired": "The account has not enabled this service, or not in this region.",
        ]
    }()

    /// Who makes the call, as STS tells it; nil when it does not answer within some seconds.
    private func caller() async -> String? {
        // With an endpoint of one's own, STS would be AWS's and might not know the keys.
        guard service.name != "sts", options.endpointURL == nil, let loop = try? EventLoop.onOwnThread() else {
            return nil
        }
        let identity = try? await withTaskExecutorPreference(loop) {
            let deadline = Timestamp.now() + .seconds(5)
            return try await client(.sts, loop: loop, deadline: deadline).call("GetCallerIdentity", deadline: deadline)
        }
        return identity?["Arn"]?.stringValue
    }
}
