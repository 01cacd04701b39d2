public import AWS
import Basics
import Synchronization
public import Transport

extension AWSConfiguration {
    /// The usual configuration of a program that a person starts: it also takes the credentials of
    /// `credential_process`, IAM Identity Center (`sso_session`), `aws login` and roles with MFA.
    ///
    /// Functions are configured without these, which keeps them out of their zips. Sends nothing before the first call.
    /// - Parameters:
    ///   - environment: the variables; the shared files, the AWS CLI's caches and commands are those it leads to.
    ///   - profile: overrides `AWS_PROFILE`. As in boto3, access keys in the environment do not count then.
    ///   - askForCode: asks a person for the code of an MFA device, which is the parameter, and returns it:
    ///     ``askForCodeOnTerminal(_:)``. Nil where nobody can be asked; a role with `mfa_serial` is an error then.
    /// - Throws: `invalidConfiguration` when there is no region, or a setting is wrong.
    public static func ofUser(
        environment: [String: String], profile: String? = nil, region: String? = nil, loop: EventLoop,
        askForCode: (@Sendable (_ device: String) async throws -> String)? = nil
    ) throws(AWSError) -> AWSConfiguration {
        var environment = environment
        if let profile { environment["AWS_PROFILE"] = profile }
        let http = HTTPClient(loop: loop, configuration: HTTPClientConfiguration(environment: environment))
        var configuration = try AWSConfiguration(
            environment: environment, region: region, http: http, time: .live(loop), executor: loop)
        configuration.credentials = UserCredentials(
            configuration, loop: loop, prefersProfile: profile != nil, askForCode: askForCode)
        return configuration
    }

    /// The configuration of a program that succeeds one on boto3, with boto3's order of what says region and profile.
    ///
    /// boto3 knows no `AWS_REGION` and prefers `AWS_DEFAULT_PROFILE`. `AWS_REGION` counts here when nothing else names
    /// a region.
    /// - Throws: as ``ofUser(environment:profile:region:loop:askForCode:)``.
    public static func ofUser(
        boto3Environment variables: [String: String], loop: EventLoop,
        askForCode: (@Sendable (_ device: String) async throws -> String)? = nil
    ) throws(AWSError) -> AWSConfiguration {
        var variables = variables
        if let profile = variables["AWS_DEFAULT_PROFILE"], !profile.isEmpty { variables["AWS_PROFILE"] = profile }
        var asBoto3 = variables
        asBoto3["AWS_REGION"] = nil
        do {
            return try .ofUser(environment: asBoto3, loop: loop, askForCode: askForCode)
        } catch {
            return try .ofUser(environment: variables, loop: loop, askForCode: askForCode)
        }
    }
}

/// The credentials of a person, from the source that environment and profile choose.
///
/// Each role of a chain keeps its credentials by itself, so that a person is not asked for the code of the first role
/// whenever a later one expires.
final class UserCredentials: CredentialsProvider {
    private let http: any HTTPExecuting
    private let settings: AWSSettings
    private let region: String
    private let time: TimeSource
    private let loop: EventLoop
    private let prefersProfile: Bool
    private let askForCode: (@Sendable (String) async throws -> String)?
    private let provider = Mutex<(any CredentialsProvider)?>(nil)

    init(
        _ configuration: AWSConfiguration, loop: EventLoop, prefersProfile: Bool = false,
        askForCode: (@Sendable (String) async throws -> String)? = nil
    ) {
        http = configuration.http
        settings = configuration.settings
        region = configuration.region
        time = configuration.time
        self.loop = loop
        self.prefersProfile = prefersProfile
        self.askForCode = askForCode
    }

    func credentials() async throws -> AWSCredentials { try await chosen().credentials() }

    func invalidate(_ rejected: AWSCredentials) async { try? await chosen().invalidate(rejected) }

    /// Chooses at the first use, where its errors belong to a call.
    private func chosen() throws(AWSError) -> any CredentialsProvider {
        if let known = provider.withLock({ $0 }) { return known }
        let (source, skipped) = try CredentialSource.resolve(settings, prefersProfile: prefersProfile)
        let new = cached(source, skipped)
        return provider.withLock { known in
            known = known ?? new
            return known ?? new
        }
    }

    /// Keeps the credentials of a source, and those that it needs itself.
    private func cached(_ source: CredentialSource, _ skipped: [String] = []) -> any CredentialsProvider {
        let fetcher = CredentialFetcher(http: http, region: region, settings: settings, time: time)
        switch source {
        case .role(let role, let using):
            let caller = cached(using)
            guard let device = role.mfaSerial, let askForCode else {
                return keep { try await fetcher.fetch(source, role: role, as: caller) }
            }
            let files = AssumedRoleFiles(settings: settings, time: time)
            return keep(inBackground: false) {
                if let credentials = files.credentials(of: role) { return credentials }
                let credentials = try await fetcher.assume(role, as: caller, code: askForCode(device))
                files.save(credentials, of: role)
                return credentials
            }
        case .user(let key, let profile):
            switch key {
            case "credential_process":
                let process = CredentialProcess(profile: profile, settings: settings, time: time, loop: loop)
                return keep { try await process.fetch() }
            case "login_session":
                let login = LoginSession(http: http, region: region, profile: profile, settings: settings, time: time)
                return keep { try await login.fetch() }
            default:
                let center = IdentityCenter(http: http, profile: profile, settings: settings, time: time)
                return keep { try await center.fetch() }
            }
        case .fixed, .webIdentity, .container, .instanceMetadata:
            return keep { try await fetcher.fetch(source, skipped: skipped) }
        }
    }

    private func keep(
        inBackground: Bool = true, _ fetch: @escaping @Sendable () async throws -> AWSCredentials
    ) -> any CredentialsProvider {
        CachedCredentials(time: time, executor: loop, refreshesInBackground: inBackground, fetch: fetch)
    }
}

extension CredentialFetcher {
    /// Assumes a role for which nobody is asked.
    fileprivate func fetch(
        _ source: CredentialSource, role: CredentialSource.AssumedRole, as caller: any CredentialsProvider
    ) async throws -> AWSCredentials {
        // With a device, this is the error that says that nobody can be asked.
        if role.mfaSerial != nil { return try await fetch(source) }
        return try await assume(role, as: caller)
    }
}

extension AWSSettings {
    /// A file in the AWS CLI's folder, such as `sso/cache/….json`.
    func cliFile(_ name: String) -> String { "\(environment["HOME"] ?? "")/.aws/\(name)" }

    /// An error of a profile's source.
    static func failure(_ profile: String, _ reason: String, underlying: (any Error)? = nil) -> AWSError {
        AWSError(.credentialsFailed, "profile \(profile): \(reason)", underlying: underlying)
    }
}
