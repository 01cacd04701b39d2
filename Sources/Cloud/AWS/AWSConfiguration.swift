public import Basics
internal import Glibc
internal import JSON
public import Transport

/// What clients have in common: how to reach AWS, as whom, where, and how patiently.
public struct AWSConfiguration: Sendable {
    /// Carries out the HTTP requests.
    public var http: any HTTPExecuting
    /// Whom requests are signed for.
    public var credentials: any CredentialsProvider
    /// The region, such as `eu-central-1`.
    public var region: String
    /// Clock, waiting and jitter.
    public var time: TimeSource
    /// The most attempts of one call, from 1; 3 unless `AWS_MAX_ATTEMPTS` or the profile's `max_attempts` says otherwise.
    public var maximumAttempts: Int
    /// The longest time for one attempt without a stream.
    public var attemptTimeout = Duration.seconds(60)
    let settings: AWSSettings

    /// The standard configuration: libcurl on the loop, everything else from the environment and the shared files.
    ///
    /// Nothing is sent before the first call.
    /// - Throws: `invalidConfiguration` when there is no region, or a setting is wrong.
    public init(environment: [String: String], loop: EventLoop) throws(AWSError) {
        let http = HTTPClient(loop: loop, configuration: HTTPClientConfiguration(environment: environment))
        try self.init(environment: environment, http: http, time: .live(loop), executor: loop)
    }

    /// A configuration with some of its parts given.
    /// - Parameters:
    ///   - environment: the variables; the shared files are those it names.
    ///   - region: overrides `AWS_REGION`, `AWS_DEFAULT_REGION` and the profile.
    ///   - credentials: `nil` for the chain: environment, profile, web identity, container, instance metadata.
    ///   - executor: where credentials are refreshed.
    /// - Throws: as above.
    public init(
        environment: [String: String], region: String? = nil, http: any HTTPExecuting,
        credentials: (any CredentialsProvider)? = nil, time: TimeSource, executor: (any TaskExecutor)? = nil
    ) throws(AWSError) {
        let settings = try AWSSettings(environment: environment)
        guard let region = region ?? settings.value("AWS_REGION", "AWS_DEFAULT_REGION", key: "region") else {
            throw AWSError(
                .invalidConfiguration, "no region: set AWS_REGION, or region in profile \(settings.profileName)"
            )
        }
        let attempts = settings.value("AWS_MAX_ATTEMPTS", key: "max_attempts") ?? "3"
        guard let maximumAttempts = Int(attempts), maximumAttempts >= 1 else {
            throw AWSError(.invalidConfiguration, "AWS_MAX_ATTEMPTS or max_attempts is \"\(attempts)\": give 1 or more")
        }
        let fetcher = CredentialFetcher(http: http, region: region, settings: settings, time: time)
        self.http = http
        self.credentials = credentials ?? CachedCredentials(now: time.now, executor: executor, fetch: fetcher.fetch)
        self.region = region
        self.time = time
        self.maximumAttempts = maximumAttempts
        self.settings = settings
    }

    init(_ fetcher: CredentialFetcher, credentials: AWSCredentials) {
        http = fetcher.http
        self.credentials = credentials
        region = fetcher.region
        time = fetcher.time
        maximumAttempts = 3
        settings = fetcher.settings
    }
}

/// What the environment and the profile say, looked up by variable and key.
struct AWSSettings: Sendable {
    let environment: [String: String]
    /// The profile in use, also when no file defines it.
    let profileName: String
    let files: SharedConfiguration

    /// The profile's keys; empty when it is the default one and not defined.
    var profile: SharedConfiguration.Section { files.profiles[profileName] ?? [:] }

    /// Reads the shared files that the environment names, by default `~/.aws/config` and `~/.aws/credentials`.
    /// - Throws: `invalidConfiguration` when `AWS_PROFILE` names a profile that neither file has.
    init(environment: [String: String]) throws(AWSError) {
        func path(_ variable: String, _ name: String) -> String {
            let home = environment["HOME"] ?? ""
            guard let path = environment[variable], !path.isEmpty else { return "\(home)/.aws/\(name)" }
            return path.hasPrefix("~/") ? home + path.dropFirst() : path
        }
        let config = path("AWS_CONFIG_FILE", "config")
        let credentials = path("AWS_SHARED_CREDENTIALS_FILE", "credentials")
        try self.init(
            environment: environment,
            files: SharedConfiguration(config: readText(config) ?? "", credentials: readText(credentials) ?? ""),
            places: "\(config) or \(credentials)"
        )
    }

    /// Settings from files that have been read.
    init(
        environment: [String: String], files: SharedConfiguration, places: String = "the shared files"
    ) throws(AWSError) {
        self.environment = environment
        self.files = files
        let chosen = [environment["AWS_PROFILE"], environment["AWS_DEFAULT_PROFILE"]].compactMap(\.self)
            .first { !$0.isEmpty }
        profileName = chosen ?? "default"
        guard chosen == nil || files.profiles[profileName] != nil else {
            throw AWSError(
                .invalidConfiguration,
                "AWS_PROFILE names profile \(profileName), which is not in \(places): add it there or unset the variable"
            )
        }
    }

    /// The first of these variables that is set, else the profile's key; empty values count as not set.
    func value(_ variables: String..., key: String? = nil) -> String? {
        let candidates = variables.map { environment[$0] } + [key.flatMap { profile[$0] }]
        return candidates.lazy.compactMap(\.self).first { !$0.isEmpty }
    }

    /// Whether the variable or the key says `true`.
    func isOn(_ variable: String, key: String? = nil) -> Bool {
        value(variable, key: key)?.lowercased() == "true"
    }
}

/// The file's text, or `nil` when it cannot be read; no more than 16 MiB of it.
func readText(_ path: String) -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    while bytes.count < 16 << 20 {
        let piece = [UInt8](unsafeUninitializedCapacity: 16_384) { buffer, count in
            count = max(0, read(descriptor, buffer.baseAddress, buffer.count))
        }
        if piece.isEmpty { break }
        bytes += piece
    }
    return String(decoding: bytes, as: UTF8.self)
}
