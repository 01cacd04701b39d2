public import AWS
public import Basics
import JSON

extension NativeActivity.Invocation {
    /// Region, profile, keys and role, as chaosaws's `aws_client` takes them from configuration and secrets.
    ///
    /// The role is assumed with the credentials that would be used without it. The endpoint is that of the environment.
    public func awsConfiguration() throws -> AWSConfiguration {
        var result = aws
        if let profile = configured("aws_profile_name") {
            var environment = aws.settings.environment
            environment["AWS_PROFILE"] = profile
            let settings = try AWSSettings(environment: environment)
            let fetcher = CredentialFetcher(http: aws.http, region: try region(), settings: settings, time: time)
            // A profile that is named counts before the keys in the environment.
            let credentials = CachedCredentials(time: time) {
                let (source, skipped) = try CredentialSource.resolve(settings, prefersProfile: true)
                return try await fetcher.fetch(source, skipped: skipped)
            }
            result = try AWSConfiguration(
                environment: environment, region: region(), http: aws.http, credentials: credentials, time: time)
        }
        result.region = try region()
        if let keys = try secretKeys() { result.credentials = keys }
        if let role = configured("aws_assume_role_arn") {
            let session = configured("aws_assume_role_session_name") ?? "ChaosToolkit"
            result = result.assuming(role, sessionName: session)
        }
        return result
    }

    /// The region of all calls: `aws_region` of the configuration, else of the environment.
    ///
    /// The region of a profile does not count, as in chaosaws.
    public func region() throws(ExperimentError) -> String {
        let environment = aws.settings.environment
        let named = [configured("aws_region"), environment["AWS_REGION"], environment["AWS_DEFAULT_REGION"]]
        guard let region = named.lazy.compactMap(\.self).first(where: { !$0.isEmpty }) else {
            throw ExperimentError(
                .activityFailed,
                "chaoslib.exceptions.InterruptExecution: AWS requires a region to be set! Set aws_region in the "
                    + "configuration, or AWS_REGION or AWS_DEFAULT_REGION in the environment")
        }
        return region
    }

    private func configured(_ key: String) -> String? {
        configuration[key]?.stringValue.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The access key among the secrets; nil when there is none.
    private func secretKeys() throws(ExperimentError) -> AWSCredentials? {
        func secret(_ key: String) -> String? { secrets[key]?.stringValue.flatMap { $0.isEmpty ? nil : $0 } }
        guard let id = secret("aws_access_key_id") else { return nil }
        guard let key = secret("aws_secret_access_key") else {
            throw ExperimentError(
                .activityFailed, "the secrets have aws_access_key_id but no aws_secret_access_key: give both or neither"
            )
        }
        return AWSCredentials(accessKeyID: id, secretAccessKey: key, sessionToken: secret("aws_session_token"))
    }
}
