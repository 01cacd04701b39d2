package import JSON

/// What a call may do, which decides whether it runs without a question, and whether a probe may make it.
///
/// AWS's models do not say which operations only read, so the name decides: its first word, then the exceptions below.
/// Whatever no rule calls reading is taken to change something. A test compares the rule with the HTTP methods of all
/// operations, and shows new ones.
package enum CallEffect: Equatable {
    /// Runs without a question.
    case reads
    /// Changes, starts, sends or takes something, or may do so.
    case mayChange
    /// Only reads, but the answer is a secret: what it is.
    case revealsSecret(String)

    /// The effect of a call.
    /// - Parameters:
    ///   - service: botocore's name.
    ///   - operation: such as `DescribeInstances`.
    package static func of(_ service: String, _ operation: String, _ input: JSONObject) -> CallEffect {
        let name = "\(service) \(operation)"
        // With DryRun these two services check the permission and do nothing.
        if ["ec2", "kms"].contains(service), input["DryRun"] == true { return .reads }
        if let secret = secrets[name] { return .revealsSecret(secret) }
        if let (member, secret) = secretsOnRequest[name], input[member] == true { return .revealsSecret(secret) }
        if name == "ec2 GetConsoleScreenshot", input["WakeUp"] == true { return .mayChange }
        if changing.contains(name) { return .mayChange }
        return readingWords.contains(firstWord(of: operation)) || reading.contains(name) ? .reads : .mayChange
    }

    /// What secret the answer of a call is, also when the call changes something; nil when it is none.
    package static func secretAnswer(_ service: String, _ operation: String, _ input: JSONObject) -> String? {
        if case .revealsSecret(let secret) = of(service, operation, input) { return secret }
        if ["ec2", "kms"].contains(service), input["DryRun"] == true { return nil }
        return secretAnswers["\(service) \(operation)"]
    }

    /// First words of operations that only read; `BatchGet` counts as one.
    private static let readingWords: Set = [
        "BatchGet", "Check", "Describe", "Filter", "Get", "Head", "List", "Query", "Scan", "Search", "Simulate",
        "Validate",
    ]

    /// Operations that only read in spite of their first word.
    private static let reading: Set = [
        "apigatewayv2 ExportApi", "cognito-idp AdminGetDevice", "cognito-idp AdminGetUser",
        "cognito-idp AdminGetUserAuthFactors", "cognito-idp AdminListDevices", "cognito-idp AdminListGroupsForUser",
        "cognito-idp AdminListUserAuthEvents", "cognito-idp AdminListUserSessions", "dynamodb TransactGetItems",
        "events TestEventPattern", "logs TestMetricFilter", "logs TestTransformer",
        "rds DownloadDBLogFilePortion", "route53 TestDNSAnswer", "sts DecodeAuthorizationMessage",
    ]

    /// Operations that do more than read in spite of their first word.
    private static let changing: Set = [
        "cognito-idp GetUserAttributeVerificationCode",  // sends the user a code
        "ec2 GetFlowLogsIntegrationTemplate",  // writes a template to a bucket
        "stepfunctions GetActivityTask",  // takes the task from other workers
        "xray GetSamplingTargets",  // reports statistics, and takes from the quota of samples
    ]

    /// Operations whose answer is a secret by nature.
    private static let secrets = [
        "acm GetAcmeExternalAccountBindingCredentials": "credentials",
        "apigateway GetUsagePlanKey": "an API key",
        "apigateway GetUsagePlanKeys": "API keys",
        "cognito-idp DescribeIdentityProvider": "the secrets of OIDC clients",
        "cognito-idp DescribeUserPoolClient": "the client's secret",
        "cognito-idp GetClientToken": "a token",
        "cognito-idp GetDerivedToken": "a token",
        "cognito-idp GetTokensFromRefreshToken": "tokens",
        "cognito-idp ListUserPoolClientSecrets": "the client's secrets",
        "ec2 DescribeVerifiedAccessTrustProviders": "the secrets of OIDC clients",
        "ec2 DescribeVpnConnections": "the pre-shared keys of tunnels",
        "ec2 GetPasswordData": "the administrator's password, encrypted",
        "ec2 GetVpnConnectionDeviceSampleConfiguration": "the pre-shared keys of tunnels",
        "eks DescribeEksAnywhereSubscription": "license tokens",
        "eks ListEksAnywhereSubscriptions": "license tokens",
        "emr GetClusterSessionCredentials": "credentials",
        "emr GetOnClusterAppUIPresignedURL": "a URL that signs in whoever has it",
        "emr GetPersistentAppUIPresignedURL": "a URL that signs in whoever has it",
        "emr GetSessionEndpoint": "credentials",
        "secretsmanager BatchGetSecretValue": "secrets",
        "secretsmanager GetSecretValue": "a secret",
        "ssm GetAccessToken": "credentials",
        "sts GetDelegatedAccessToken": "credentials",
        "sts GetFederationToken": "credentials",
        "sts GetScopedCredentials": "credentials",
        "sts GetSessionToken": "credentials",
        "sts GetWebIdentityToken": "a token",
    ]

    /// Operations whose answer is a secret when a member of the input asks for it.
    private static let secretsOnRequest = [
        "apigateway GetApiKey": ("includeValue", "an API key"),
        "apigateway GetApiKeys": ("includeValues", "API keys"),
        "ssm GetParameter": ("WithDecryption", "a decrypted parameter"),
        "ssm GetParameterHistory": ("WithDecryption", "decrypted parameters"),
        "ssm GetParameters": ("WithDecryption", "decrypted parameters"),
        "ssm GetParametersByPath": ("WithDecryption", "decrypted parameters"),
    ]

    /// Other operations whose answer is a secret: they change something, or the answer has more in it than the secret.
    private static let secretAnswers = [
        "apigateway CreateApiKey": "an API key",
        "apigateway CreateUsagePlanKey": "an API key",
        "apigateway UpdateApiKey": "an API key",
        "cognito-idp AddUserPoolClientSecret": "the client's secret",
        "cognito-idp AdminInitiateAuth": "tokens",
        "cognito-idp AdminRespondToAuthChallenge": "tokens",
        "cognito-idp AssociateSoftwareToken": "the secret of one-time passwords",
        "cognito-idp CreateUserPoolClient": "the client's secret",
        "cognito-idp InitiateAuth": "tokens",
        "cognito-idp RespondToAuthChallenge": "tokens",
        "cognito-idp UpdateUserPoolClient": "the client's secret",
        "ec2 CreateKeyPair": "a private key",
        "ec2 CreateVpnConnection": "the pre-shared keys of tunnels",
        "ec2 ModifyVpnConnection": "the pre-shared keys of tunnels",
        "ec2 ModifyVpnConnectionOptions": "the pre-shared keys of tunnels",
        "ec2 ModifyVpnTunnelCertificate": "the pre-shared keys of tunnels",
        "ec2 ModifyVpnTunnelOptions": "the pre-shared keys of tunnels",
        "ecs ExecuteCommand": "a token",
        "iam CreateAccessKey": "an access key",
        "iam CreateServiceSpecificCredential": "a password",
        "iam CreateVirtualMFADevice": "the secret of one-time passwords",
        "iam ResetServiceSpecificCredential": "a password",
        "kms Decrypt": "a decrypted text",
        "kms DeriveSharedSecret": "a shared secret",
        "kms GenerateDataKey": "a data key",
        "kms GenerateDataKeyPair": "a private key",
        "kms GenerateRandom": "random bytes for a key",
        "lambda GetFunction": "a URL that gives the code to whoever has it",
        "lambda GetLayerVersion": "a URL that gives the code to whoever has it",
        "lambda GetLayerVersionByArn": "a URL that gives the code to whoever has it",
        "s3 CreateSession": "credentials",
        "secretsmanager GetRandomPassword": "a password",
        "ssm CreateActivation": "an activation code",
        "ssm ResumeSession": "a token",
        "ssm StartSession": "a token",
        "sts AssumeRole": "credentials",
        "sts AssumeRoleWithSAML": "credentials",
        "sts AssumeRoleWithWebIdentity": "credentials",
        "sts AssumeRoot": "credentials",
    ]

    /// All operations that the tables name, each with its service, for the test that they exist.
    package static var namedOperations: [String] {
        Array(reading) + Array(changing) + Array(secrets.keys) + Array(secretsOnRequest.keys)
            + Array(secretAnswers.keys)
    }

    private static func firstWord(of operation: String) -> String {
        let words = operation.hasPrefix("Batch") ? 2 : 1
        var starts = operation.indices.filter { operation[$0].isUppercase }
        starts.append(operation.endIndex)
        return String(operation[..<starts[min(words, starts.count - 1)]])
    }
}
