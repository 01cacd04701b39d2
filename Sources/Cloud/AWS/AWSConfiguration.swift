public import Basics
public import Transport

/// The settings that clients share: HTTP, credentials, region, clock, attempts and timeouts.
public struct AWSConfiguration: Sendable {
    /// Sends the HTTP requests, verified against `AWS_CA_BUNDLE` or the profile's `ca_bundle` where one is set.
    public var http: any HTTPExecuting {
        didSet { http = calls.verified(http) }
    }
    /// The credentials that requests are signed with.
    public var credentials: any CredentialsProvider
    /// The region, such as `eu-central-1`.
    public var region: String
    /// The clock, the pauses between attempts and their jitter.
    public var time: TimeSource
    /// How failed attempts are repeated: `AWS_RETRY_MODE`, or the profile's `retry_mode`, or `standard`.
    public var retryMode: RetryMode
    /// The maximum of attempts of one call, from 1: `AWS_MAX_ATTEMPTS`, or the profile's `max_attempts`.
    ///
    /// `nil` for the default of mode and service; see ``RetryMode``.
    public var maximumAttempts: Int?
    /// The longest time from the start of an attempt to a usable connection: 5 s, or what `AWS_DEFAULTS_MODE` says.
    public var connectTimeout: Duration
    /// How long a connection may be silent before the attempt ends, as botocore's `read_timeout`.
    ///
    /// The time starts again with each byte, so that a long transfer is not cut. Operations for which silence is usual
    /// get the time that they may need, such as 31 minutes for a synchronous Lambda `Invoke`.
    public var idleTimeout = Duration.seconds(60)
    /// The longest time of one attempt in all, for callers who would rather try again; by default none.
    ///
    /// Not for requests whose body is a stream.
    public var attemptTimeout: Duration?
    /// The value of `X-Amzn-Trace-Id`; nil elsewhere than in a Lambda function.
    var traceHeader: (@Sendable () -> String?)?
    package let settings: AWSSettings
    let calls: CallSettings

    /// The usual configuration: libcurl on the loop, everything else from the environment and the shared files.
    ///
    /// Sends nothing before the first call.
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
        let calls = try CallSettings(settings, region: region)
        let http = calls.verified(http)
        let fetcher = CredentialFetcher(http: http, region: region, settings: settings, time: time)
        self.http = http
        self.credentials = credentials ?? CachedCredentials(time: time, executor: executor, fetch: fetcher.fetch)
        self.region = region
        self.time = time
        retryMode = calls.retryMode
        maximumAttempts = calls.maximumAttempts
        connectTimeout = calls.connectTimeout
        self.settings = settings
        self.calls = calls
        if environment["AWS_LAMBDA_FUNCTION_NAME"] != nil { traceHeader = currentTraceHeader }
    }

    /// The configuration for the calls that fetch other credentials.
    package init(_ fetcher: CredentialFetcher, credentials: any CredentialsProvider) {
        http = fetcher.http
        self.credentials = credentials
        region = fetcher.region
        time = fetcher.time
        settings = fetcher.settings
        calls = (try? CallSettings(settings, region: region)) ?? CallSettings()  // was read before without an error
        retryMode = calls.retryMode
        maximumAttempts = calls.maximumAttempts
        connectTimeout = calls.connectTimeout
        // The answers are small, and callers without a deadline of their own wait for them.
        attemptTimeout = .seconds(60)
    }
}
