import Basics
import Foundation
import JSON
import TestSupport
import Testing

@testable import AWS

struct CredentialSourceTests {
    static let profiles = """
        [default]
        region = eu-west-1
        [profile static]
        aws_access_key_id = CONFIGKEY
        aws_secret_access_key = configsecret
        [profile role]
        role_arn = arn:role
        source_profile = keys
        external_id = ext
        role_session_name = me
        duration_seconds = 1200
        [profile chain]
        role_arn = arn:outer
        source_profile = role
        [profile self]
        role_arn = arn:self
        source_profile = self
        aws_access_key_id = SELF
        aws_secret_access_key = selfsecret
        [profile loop-a]
        role_arn = arn:a
        source_profile = loop-b
        [profile loop-b]
        role_arn = arn:b
        source_profile = loop-a
        [profile self-loop]
        role_arn = arn:s
        source_profile = self-loop
        [profile ec2]
        role_arn = arn:ec2
        credential_source = Ec2InstanceMetadata
        [profile ecs]
        role_arn = arn:ecs
        credential_source = EcsContainer
        [profile web]
        role_arn = arn:web
        web_identity_token_file = /token
        [profile over-web]
        role_arn = arn:over
        source_profile = web
        [profile environment]
        role_arn = arn:env
        credential_source = Environment
        [profile lonely]
        role_arn = arn:lonely
        [profile both]
        role_arn = arn:both
        source_profile = keys
        credential_source = Environment
        [profile mfa]
        role_arn = arn:mfa
        source_profile = keys
        mfa_serial = arn:device
        [profile process]
        credential_process = /bin/tool
        [profile sso]
        sso_session = corporate
        sso_account_id = 123456789012
        sso_role_name = admin
        [profile sso-url]
        sso_start_url = https://start
        sso_role_name = admin
        [profile sso-token]
        sso_session = corporate
        [profile login]
        login_session = arn:person
        credential_process = /bin/tool
        [profile over-sso]
        role_arn = arn:over-sso
        source_profile = sso
        [profile everything]
        aws_access_key_id = CONFIGKEY
        aws_secret_access_key = configsecret
        credential_process = /bin/tool
        login_session = arn:person
        [profile file-first]
        credential_process = /bin/tool
        login_session = arn:person
        [profile sign-in-first]
        sso_account_id = 123456789012
        [profile web-first]
        sso_account_id = 123456789012
        role_arn = arn:web
        web_identity_token_file = /token
        [profile half]
        aws_access_key_id = HALF
        [profile dangling]
        role_arn = arn:d
        source_profile = missing
        [profile to-empty]
        role_arn = arn:e
        source_profile = default
        [profile odd]
        role_arn = arn:o
        credential_source = Moon
        """
    static let keys = ["keys", "file-first", "sign-in-first", "web-first"].map {
        """
        [\($0)]
        aws_access_key_id = FILEKEY
        aws_secret_access_key = filesecret
        aws_session_token = filetoken

        """
    }.joined()

    static func resolve(
        _ environment: [String: String], prefersProfile: Bool = false
    ) throws -> (source: CredentialSource, skipped: [String]) {
        let files = SharedConfiguration(config: profiles, credentials: keys)
        let settings = try AWSSettings(environment: environment, files: files)
        return try CredentialSource.resolve(settings, prefersProfile: prefersProfile)
    }

    static let fileKeys = CredentialSource.fixed(
        AWSCredentials(accessKeyID: "FILEKEY", secretAccessKey: "filesecret", sessionToken: "filetoken")
    )
    static let role = CredentialSource.role(
        .init(roleARN: "arn:role", sessionName: "me", externalID: "ext", durationSeconds: 1200), using: fileKeys
    )
    static let web = CredentialSource.webIdentity(.init(roleARN: "arn:web"), tokenFile: "/token")
    static let environmentCredentials = AWSCredentials(accessKeyID: "ENVKEY", secretAccessKey: "envsecret")
    static let environmentKeys = ["AWS_ACCESS_KEY_ID": "ENVKEY", "AWS_SECRET_ACCESS_KEY": "envsecret"]

    @Test(
        arguments: [
            (environmentKeys, .fixed(AWSCredentials(accessKeyID: "ENVKEY", secretAccessKey: "envsecret"))),
            (
                environmentKeys.merging(["AWS_SESSION_TOKEN": "t", "AWS_PROFILE": "role"]) { $1 },
                .fixed(AWSCredentials(accessKeyID: "ENVKEY", secretAccessKey: "envsecret", sessionToken: "t"))
            ),
            (["AWS_PROFILE": "keys"], fileKeys),
            (["AWS_DEFAULT_PROFILE": "keys"], fileKeys),
            (
                ["AWS_PROFILE": "static"],
                .fixed(AWSCredentials(accessKeyID: "CONFIGKEY", secretAccessKey: "configsecret"))
            ),
            (["AWS_PROFILE": "role"], role),
            (["AWS_PROFILE": "chain"], .role(.init(roleARN: "arn:outer"), using: role)),
            (
                ["AWS_PROFILE": "self"],
                .role(
                    .init(roleARN: "arn:self"),
                    using: .fixed(AWSCredentials(accessKeyID: "SELF", secretAccessKey: "selfsecret"))
                )
            ),
            (["AWS_PROFILE": "ec2"], .role(.init(roleARN: "arn:ec2"), using: .instanceMetadata)),
            (
                ["AWS_PROFILE": "ecs", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/x"],
                .role(.init(roleARN: "arn:ecs"), using: .container(url: "http://169.254.170.2/x"))
            ),
            (["AWS_PROFILE": "web"], web),
            (["AWS_PROFILE": "over-web"], .role(.init(roleARN: "arn:over"), using: web)),
            (
                ["AWS_WEB_IDENTITY_TOKEN_FILE": "/t", "AWS_ROLE_ARN": "arn:env", "AWS_ROLE_SESSION_NAME": "s"],
                .webIdentity(.init(roleARN: "arn:env", sessionName: "s"), tokenFile: "/t")
            ),
            (["AWS_CONTAINER_CREDENTIALS_FULL_URI": "https://anywhere/x"], .container(url: "https://anywhere/x")),
            (
                ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "@evil/x"], .container(url: "http://169.254.170.2/@evil/x")
            ),
            (["AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.8.0.1:9/x"], .container(url: "http://127.8.0.1:9/x")),
            (["AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://[::1]/x"], .container(url: "http://[::1]/x")),
            (
                ["AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://169.254.170.23/v1/credentials"],
                .container(url: "http://169.254.170.23/v1/credentials")
            ),
            (["AWS_ACCESS_KEY_ID": ""], .instanceMetadata),
            (
                environmentKeys.merging(["AWS_SESSION_TOKEN": "t", "AWS_SECURITY_TOKEN": "u"]) { $1 },
                .fixed(AWSCredentials(accessKeyID: "ENVKEY", secretAccessKey: "envsecret", sessionToken: "u"))
            ),
            (
                environmentKeys.merging(["AWS_CREDENTIAL_EXPIRATION": "2030-01-01T00:00:00Z"]) { $1 },
                .fixed(
                    AWSCredentials(
                        accessKeyID: "ENVKEY", secretAccessKey: "envsecret",
                        expiration: Timestamp(iso8601: "2030-01-01T00:00:00Z")))
            ),
            (["AWS_PROFILE": "sso"], .user(key: "sso_session", profile: "sso")),
            (["AWS_PROFILE": "sso-url"], .user(key: "sso_start_url", profile: "sso-url")),
            (["AWS_PROFILE": "sso-token"], .instanceMetadata),
            (["AWS_PROFILE": "login"], .user(key: "login_session", profile: "login")),
            (["AWS_PROFILE": "process"], .user(key: "credential_process", profile: "process")),
            (["AWS_PROFILE": "everything"], .user(key: "login_session", profile: "everything")),
            (["AWS_PROFILE": "file-first"], fileKeys),
            (["AWS_PROFILE": "sign-in-first"], .user(key: "sso_start_url", profile: "sign-in-first")),
            (["AWS_PROFILE": "web-first"], web),
            (
                ["AWS_PROFILE": "over-sso"],
                .role(.init(roleARN: "arn:over-sso"), using: .user(key: "sso_session", profile: "sso"))
            ),
            (
                ["AWS_PROFILE": "mfa"],
                .role(.init(roleARN: "arn:mfa", mfaSerial: "arn:device"), using: fileKeys)
            ),
        ] as [([String: String], CredentialSource)])
    func choosesLikeTheDefaultChain(environment: [String: String], source: CredentialSource) throws {
        #expect(try Self.resolve(environment).source == source)
    }

    @Test(
        "keys and web identity of the environment count only when the profile was chosen by a variable",
        arguments: [
            ("keys", fileKeys), ("sso", .user(key: "sso_session", profile: "sso")), ("default", .instanceMetadata),
            ("environment", .role(.init(roleARN: "arn:env"), using: .fixed(environmentCredentials))),
        ] as [(String, CredentialSource)])
    func prefersProfile(profile: String, source: CredentialSource) throws {
        var environment = Self.environmentKeys.merging(["AWS_PROFILE": profile]) { $1 }
        #expect(try Self.resolve(environment, prefersProfile: true).source == source)
        #expect(try Self.resolve(environment).source == .fixed(Self.environmentCredentials))
        environment["AWS_ACCESS_KEY_ID"] = nil
        environment["AWS_WEB_IDENTITY_TOKEN_FILE"] = "/t"
        environment["AWS_ROLE_ARN"] = "arn:env"
        guard profile != "environment" else { return }
        #expect(try Self.resolve(environment, prefersProfile: true).source == source)
        #expect(try Self.resolve(environment).source == .webIdentity(.init(roleARN: "arn:env"), tokenFile: "/t"))
    }

    @Test(arguments: [
        (["AWS_ACCESS_KEY_ID": "K"], "AWS_SECRET_ACCESS_KEY"),
        (["AWS_PROFILE": "absent"], "profile absent"),
        (["AWS_PROFILE": "loop-a"], "loop-a → loop-b → loop-a"),
        (["AWS_PROFILE": "self-loop"], "circle"),
        (["AWS_PROFILE": "lonely"], "source_profile or credential_source"),
        (["AWS_PROFILE": "both"], "both"),
        (
            ["AWS_PROFILE": "sso-token", "AWS_EC2_METADATA_DISABLED": "true"],
            "profile sso-token: its sign-in needs sso_account_id and sso_role_name"
        ),
        (
            ["AWS_ACCESS_KEY_ID": "K", "AWS_SECRET_ACCESS_KEY": "secret\"", "AWS_CREDENTIAL_EXPIRATION": "soon"],
            "\"soon\" is not an ISO 8601 time"
        ),
        (["AWS_PROFILE": "half"], "aws_secret_access_key"),
        (["AWS_PROFILE": "dangling"], "missing does not exist"),
        (["AWS_PROFILE": "to-empty"], "default has no credentials"),
        (["AWS_PROFILE": "odd"], "Moon is unknown"),
        (["AWS_PROFILE": "ecs"], "EcsContainer has no credentials"),
        (["AWS_WEB_IDENTITY_TOKEN_FILE": "/t"], "AWS_ROLE_ARN"),
        (["AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://10.0.0.1/x"], "10.0.0.1"),
        (["AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1@evil.example/x"], "evil"),
        (["AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:80@evil.example/x"], "evil"),
        (["AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://localhost:80@evil.example/x"], "evil"),
        (["AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://[::1]@evil.example/x"], "evil"),
        (["AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1.evil.example/x"], "evil"),
        (["AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://localhost.evil.example/x"], "evil"),
        (["AWS_EC2_METADATA_DISABLED": "true"], "AWS_ACCESS_KEY_ID is not set"),
        (["AWS_EC2_METADATA_DISABLED": "true"], "profile default: has neither keys nor a role"),
        (["AWS_EC2_METADATA_DISABLED": "true"], "AWS_EC2_METADATA_DISABLED is true"),
    ])
    func errorsNameTheFault(environment: [String: String], part: String) {
        let error = #expect(throws: AWSError.self) { try Self.resolve(environment) }
        #expect(error?.message.contains(part) == true, "\(String(describing: error))")
        #expect(error?.message.contains("secret\"") == false)
    }
}

struct SharedConfigurationTests {
    static let config = """
        # a comment
        ; another
        [default]
        region=eu-west-1
        Output : json
        s3 =
            addressing_style = path
            max_concurrent_requests=3
        empty =
        after = x # no comment here
        [profile "quoted name"]
          region = indented-1
          services = mine
        [profile plain]
        with_equals = a=b=c
        [services mine]
        sns =
          endpoint_url = http://127.0.0.1:1
        dynamodb =
          endpoint_url = http://127.0.0.1:2
        [sso-session corp]
        sso_region = us-east-1
        [preview]
        cloudfront = true
        """
    static let credentials = """
        [default]
        aws_access_key_id = ID
        region = eu-north-1

        [only-here]\r
        aws_access_key_id=X\r
        """

    @Test(.enabled(if: Workspace.hasPython, "run ./build.sh setup"))
    func readsWhatBotocoreReads() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let (config, credentials) = (folder.appending(path: "config"), folder.appending(path: "credentials"))
            try Self.config.write(to: config, atomically: true, encoding: .utf8)
            try Self.credentials.write(to: credentials, atomically: true, encoding: .utf8)
            let files = ["AWS_CONFIG_FILE": config.path, "AWS_SHARED_CREDENTIALS_FILE": credentials.path]
            let script = Workspace.root.appending(path: "Tools/aws-oracle/profiles.py").path
            let output = try Command.run(Workspace.python, [script], environment: files)
            let expected = try JSON.JSONDecoder().decode([String: [String: [String: String]]].self, from: output.output)
            let settings = try AWSSettings(environment: files)
            #expect(settings.files.profiles == expected["profiles"], "\(output.errors)")
            #expect(settings.files.services == expected["services"])
            #expect(settings.files.signInSessions == expected["sso_sessions"])
        }
    }

    @Test func missingFilesAreEmpty() throws {
        let settings = try AWSSettings(environment: ["HOME": "/nonexistent"])
        #expect(settings.files == SharedConfiguration(config: "", credentials: ""))
    }

    @Test(arguments: [
        (["AWS_REGION": "r1", "AWS_DEFAULT_REGION": "r2"], "r1"), (["AWS_DEFAULT_REGION": "r2"], "r2"),
        (["AWS_REGION": ""], "eu-north-1"), ([:], "eu-north-1"),
    ])
    func variablesWinOverTheProfile(environment: [String: String], region: String) throws {
        let files = SharedConfiguration(config: Self.config, credentials: Self.credentials)
        let settings = try AWSSettings(environment: environment, files: files)
        #expect(settings.value("AWS_REGION", "AWS_DEFAULT_REGION", key: "region") == region)
    }
}
