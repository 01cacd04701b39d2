public import Basics
public import Transport

/// The settings that clients share: HTTP, credentials, region, clock, attempts and timeouts.
public struct AWSConfiguration: Sendable {
    /// Sends the HTTP requests.
    public var http: any HTTPExecuting
    /// The credentials that requests are signed with.
    public var credentials: any CredentialsProvider
    /// The region, such as `eu-central-1`.
    public var region: String
    /// The clock, the pauses between attempts and their jitter.
    public var time: TimeSource
    /// The maximum of attempts of one call, from 1: 3, or `AWS_MAX_ATTEMPTS`, or the profile's `max_attempts`.
    public var maximumAttempts: Int
    /// The timeout of one attempt.
    ///
    /// Not for requests whose body is a stream.
    public var attemptTimeout = Duration.seconds(60)
    /// The value of `X-Amzn-Trace-Id`; nil elsewhere than in a Lambda function.
    var traceHeader: (@Sendable () -> String?)?
    let settings: AWSSettings

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
        let attempts = settings.value("AWS_MAX_ATTEMPTS", key: "max_attempts") ?? "3"
        guard let maximumAttempts = Int(attempts), maximumAttempts >= 1 else {
            throw AWSError(.invalidConfiguration, "AWS_MAX_ATTEMPTS or max_attempts is \"\(attempts)\": give 1 or more")
        }
        let fetcher = CredentialFetcher(http: http, region: region, settings: settings, time: time)
        self.http = http
        self.credentials = credentials ?? CachedCredentials(time: time, executor: executor, fetch: fetcher.fetch)
        self.region = region
        self.time = time
        self.maximumAttempts = maximumAttempts
        self.settings = settings
        if environment["AWS_LAMBDA_FUNCTION_NAME"] != nil { traceHeader = currentTraceHeader }
    }

    /// The configuration for the calls to STS that fetch other credentials.
    init(_ fetcher: CredentialFetcher, credentials: AWSCredentials) {
        http = fetcher.http
        self.credentials = credentials
        region = fetcher.region
        time = fetcher.time
        maximumAttempts = 3
        settings = fetcher.settings
    }
}
