import AWS
import Basics
import JSON

/// The credentials of assumed roles in the AWS CLI's cache, `~/.aws/cli/cache`.
///
/// Only those of roles with an MFA device are read and written: each code is good for one use, so a person who runs
/// several commands would have to wait for a new one each time. The AWS CLI finds what is written here, and the other
/// way round. Its file name says nothing about who has assumed the role, which is why other roles stay in memory.
struct AssumedRoleFiles: Sendable {
    let settings: AWSSettings
    let time: TimeSource

    /// Credentials with less time left are not used, as in botocore.
    private static let renewal = Duration.seconds(15 * 60)

    /// The role's credentials; nil when there are none that are good for some time.
    func credentials(of role: CredentialSource.AssumedRole) -> AWSCredentials? {
        guard let document = file(role).read()?["Credentials"], let id = document["AccessKeyId"]?.stringValue,
            let secret = document["SecretAccessKey"]?.stringValue, let token = document["SessionToken"]?.stringValue,
            let expiration = try? AWSCredentials.cliExpiration(document["Expiration"]?.stringValue ?? ""),
            expiration - time.now() >= Self.renewal
        else { return nil }
        return AWSCredentials(accessKeyID: id, secretAccessKey: secret, sessionToken: token, expiration: expiration)
    }

    /// Saves the role's credentials.
    ///
    /// Without a file, the next command asks again: that is no reason to fail.
    func save(_ credentials: AWSCredentials, of role: CredentialSource.AssumedRole) {
        guard let expiration = credentials.expiration, let token = credentials.sessionToken else { return }
        let document: JSONObject = [
            "AccessKeyId": .string(credentials.accessKeyID), "SecretAccessKey": .string(credentials.secretAccessKey),
            "SessionToken": .string(token), "Expiration": .string(expiration.iso8601),
        ]
        try? file(role).write(["Credentials": .object(document)])
    }

    private func file(_ role: CredentialSource.AssumedRole) -> PrivateFile {
        PrivateFile(path: settings.cliFile("cli/cache/\(Self.name(role)).json"))
    }

    /// botocore's name: the SHA-1 of the call's parameters, written as Python's `json.dumps` with sorted keys does.
    static func name(_ role: CredentialSource.AssumedRole) -> String {
        let members: [(String, String?)] = [
            ("DurationSeconds", role.durationSeconds.map { "\($0)" }), ("ExternalId", role.externalID?.pythonJSON),
            ("RoleArn", role.roleARN.pythonJSON), ("RoleSessionName", role.sessionName?.pythonJSON),
            ("SerialNumber", role.mfaSerial?.pythonJSON),
        ]
        let text = members.compactMap { name, value in value.map { "\"\(name)\": \($0)" } }.joined(separator: ", ")
        return Digest.sha1(Array("{\(text)}".utf8)).hex
    }
}
