import Basics

/// What becomes of each setting of the AWS SDKs, the AWS CLI and botocore; the one list of them.
///
/// Source: "Settings reference" in the AWS SDKs and Tools reference guide, botocore's `configprovider.py`. Entries are
/// `VARIABLE/key`, with one of them where the other does not exist; a nested key is `block.key`.
enum SettingsReference {
    /// They have their usual effect, here or in what chooses endpoints and credentials.
    static let honoured = """
        AWS_ACCESS_KEY_ID/aws_access_key_id AWS_SECRET_ACCESS_KEY/aws_secret_access_key
        AWS_SESSION_TOKEN/aws_session_token AWS_SECURITY_TOKEN/aws_security_token AWS_CREDENTIAL_EXPIRATION/
        AWS_PROFILE/ AWS_DEFAULT_PROFILE/ AWS_CONFIG_FILE/ AWS_SHARED_CREDENTIALS_FILE/
        AWS_REGION/region AWS_DEFAULT_REGION/ AWS_EXECUTION_ENV/ AWS_LAMBDA_FUNCTION_NAME/
        AWS_ROLE_ARN/role_arn AWS_ROLE_SESSION_NAME/role_session_name
        AWS_WEB_IDENTITY_TOKEN_FILE/web_identity_token_file
        /credential_process /credential_source /source_profile /duration_seconds /external_id /mfa_serial
        /sso_account_id /sso_region /sso_role_name /sso_session /sso_start_url
        /login_session AWS_LOGIN_CACHE_DIRECTORY/
        AWS_CONTAINER_AUTHORIZATION_TOKEN/ AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE/
        AWS_CONTAINER_CREDENTIALS_FULL_URI/ AWS_CONTAINER_CREDENTIALS_RELATIVE_URI/
        AWS_EC2_METADATA_DISABLED/ AWS_EC2_METADATA_SERVICE_ENDPOINT/ec2_metadata_service_endpoint
        AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE/ec2_metadata_service_endpoint_mode
        AWS_METADATA_SERVICE_TIMEOUT/metadata_service_timeout
        AWS_METADATA_SERVICE_NUM_ATTEMPTS/metadata_service_num_attempts
        AWS_ENDPOINT_URL/endpoint_url AWS_ENDPOINT_URL_/services
        AWS_IGNORE_CONFIGURED_ENDPOINT_URLS/ignore_configured_endpoint_urls
        AWS_USE_DUALSTACK_ENDPOINT/use_dualstack_endpoint AWS_USE_FIPS_ENDPOINT/use_fips_endpoint
        AWS_STS_REGIONAL_ENDPOINTS/sts_regional_endpoints
        AWS_ACCOUNT_ID_ENDPOINT_MODE/account_id_endpoint_mode
        AWS_DISABLE_HOST_PREFIX_INJECTION/disable_host_prefix_injection
        AWS_S3_USE_ARN_REGION/s3_use_arn_region /s3.use_arn_region
        AWS_S3_US_EAST_1_REGIONAL_ENDPOINT/s3_us_east_1_regional_endpoint /s3.us_east_1_regional_endpoint
        /s3.addressing_style /s3.use_accelerate_endpoint /s3.use_dualstack_endpoint
        AWS_CA_BUNDLE/ca_bundle AWS_DEFAULTS_MODE/defaults_mode
        AWS_MAX_ATTEMPTS/max_attempts AWS_RETRY_MODE/retry_mode
        AWS_DISABLE_REQUEST_COMPRESSION/disable_request_compression
        AWS_REQUEST_MIN_COMPRESSION_SIZE_BYTES/request_min_compression_size_bytes
        AWS_REQUEST_CHECKSUM_CALCULATION/request_checksum_calculation
        AWS_RESPONSE_CHECKSUM_VALIDATION/response_checksum_validation AWS_SDK_UA_APP_ID/sdk_ua_app_id
        """

    /// They say nothing about the calls that are made here: what a program prints, how it transfers many files, who the
    /// account is, what must not be done and never is.
    static let harmless = """
        AWS_ACCOUNT_ID/aws_account_id AWS_EC2_METADATA_V1_DISABLED/ec2_metadata_v1_disabled
        AWS_S3_DISABLE_MULTIREGION_ACCESS_POINTS/s3_disable_multiregion_access_points
        /s3.s3_disable_multiregion_access_points
        /sso_registration_scopes AWS_BEARER_TOKEN_BEDROCK/ AWS_CSM_HOST/csm_host AWS_CSM_PORT/csm_port
        AWS_CSM_CLIENT_ID/csm_client_id
        AWS_DEFAULT_OUTPUT/output AWS_PAGER/cli_pager AWS_CLI_AUTO_PROMPT/cli_auto_prompt
        AWS_CLI_FILE_ENCODING/cli_file_encoding AWS_CLI_S3_MV_VALIDATE_SAME_S3_PATHS/
        /cli_binary_format /cli_follow_urlparam /cli_history /cli_timestamp_format /cli_help_output
        /s3.max_concurrent_requests /s3.max_queue_size /s3.max_bandwidth /s3.multipart_threshold
        /s3.multipart_chunksize /s3.io_chunksize /s3.preferred_transfer_client /s3.target_bandwidth /s3.use_threads
        """

    /// A setting that has no effect here.
    struct Ignored: Sendable {
        /// Empty when there is none, as is the key.
        let variable, key: String
        /// Values, in lower case and apart by spaces, that ask for what is done anyway.
        let fitting: String
        /// What is done instead.
        let instead: String

        init(_ variable: String, _ key: String, unless fitting: String = "", _ instead: String) {
            (self.variable, self.key, self.fitting, self.instead) = (variable, key, fitting, instead)
        }
    }

    static let ignored = [
        Ignored("", "api_versions", "one version of each service is part of this program"),
        Ignored(
            "AWS_AUTH_SCHEME_PREFERENCE", "auth_scheme_preference", unless: "sigv4", "requests are signed with SigV4"),
        Ignored("AWS_CREDENTIAL_FILE", "", "the credentials file is named by AWS_SHARED_CREDENTIALS_FILE"),
        Ignored("AWS_CSM_ENABLED", "csm_enabled", unless: "false", "no agent is told about the calls"),
        Ignored("AWS_DATA_PATH", "data_path", "the models of the services are part of this program"),
        Ignored(
            "AWS_EC2_INSTANCE_PROFILE_NAME", "ec2_instance_profile_name", "the instance's metadata name the role"),
        Ignored(
            "AWS_ENABLE_ENDPOINT_DISCOVERY", "endpoint_discovery_enabled", unless: "auto false",
            "the usual endpoints are called"),
        Ignored(
            "AWS_ENDPOINT_DISCOVERY_ENABLED", "", unless: "auto false", "the usual endpoints are called"),
        Ignored(
            "AWS_IMDS_USE_IPV6", "imds_use_ipv6", unless: "false",
            "set AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE=IPv6"),
        Ignored("BOTOCORE_TCP_KEEPALIVE", "tcp_keepalive", unless: "true", "silent connections are always probed"),
        Ignored("", "parameter_validation", unless: "true", "input is always checked"),
        Ignored("", "proxy_ca_bundle", "proxies are verified against AWS_CA_BUNDLE or SSL_CERT_FILE"),
        Ignored("", "proxy_client_cert", "proxies get no certificate"),
        Ignored("", "proxy_use_forwarding_for_https", unless: "false", "proxies tunnel HTTPS"),
        Ignored(
            "AWS_S3_DISABLE_EXPRESS_SESSION_AUTH", "s3_disable_express_session_auth", unless: "false",
            "directory buckets are not supported"),
        Ignored("", "s3.payload_signing_enabled", "bodies are signed, streams are not"),
        Ignored("", "s3.signature_version", unless: "s3v4", "requests are signed with SigV4"),
        Ignored("AWS_SDK_LOAD_CONFIG", "", unless: "1 true", "the shared config file is always read"),
        Ignored("AWS_SIGV4A_SIGNING_REGION_SET", "sigv4a_signing_region_set", "requests are signed for one region"),
    ]
}

extension AWSConfiguration {
    /// The settings that are set but have no effect, and the shared files that cannot be read: one sentence each.
    ///
    /// A program logs them once, at its start.
    public var ignoredSettings: [String] { settings.ignoredSettings }

    /// As ``ignoredSettings``, for a program that makes its configuration later or perhaps never.
    ///
    /// Empty when the settings are wrong, which the first use of a configuration tells.
    public static func ignoredSettings(in environment: [String: String]) -> [String] {
        (try? AWSSettings(environment: environment))?.ignoredSettings ?? []
    }
}

extension AWSSettings {
    var ignoredSettings: [String] {
        unreadableFiles
            + SettingsReference.ignored.compactMap { setting in
                guard let (place, value) = given(setting),
                    !setting.fitting.split(separator: " ").contains(Substring(value.lowercased()))
                else { return nil }
                return "\(place)\(value.prefix(40))\(value.count > 40 ? "…" : "") has no effect: \(setting.instead)"
            }
    }

    /// The value of a setting and the text before it, of the first one in a block; nil when it is not set.
    private func given(_ setting: SettingsReference.Ignored) -> (place: String, value: String)? {
        if let value = environment[setting.variable], !value.isEmpty { return (setting.variable + "=", value) }
        guard !setting.key.isEmpty else { return nil }
        let key = profile.keys.filter { $0 == setting.key || $0.hasPrefix(setting.key + ".") }
            .min { profile[$0] != "" && (profile[$1] == "" || $0 < $1) }
        guard let key, let value = profile[key], !value.isEmpty else { return nil }
        return ("\(key) of profile \(profileName): ", value)
    }
}
