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
            ("DurationSeconds", role.durationSeconds.map { "\($0)" }), ("ExternalId", role.externalID.map(quoted)),
            ("RoleArn", quoted(role.roleARN)), ("RoleSessionName", role.sessionName.map(quoted)),
            ("SerialNumber", role.mfaSerial.map(quoted)),
        ]
        let text = members.compactMap { name, value in value.map { "\"\(name)\": \($0)" } }.joined(separator: ", ")
        return Digest.sha1(Array("{\(text)}".utf8)).hex
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for unit in text.utf16 {
            switch unit {
            case 0x22: result += "\\\""
            case 0x5C: result += "\\\\"
            case 0x08: result += "\\b"
            case 0x09: result += "\\t"
            case 0x0A: result += "\\n"
            case 0x0C: result += "\\f"
            case 0x0D: result += "\\r"
            case 0x20...0x7E: result.unicodeScalars.append(Unicode.Scalar(UInt8(unit)))
            default:
                let digits = String(unit, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
            }
        }
        return result + "\""
    }
}
