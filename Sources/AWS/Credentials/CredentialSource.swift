/// Where credentials come from, as the settings say; reading it costs no network.
indirect enum CredentialSource: Sendable, Equatable {
    /// Keys in the environment or in a profile.
    case fixed(AWSCredentials)
    /// A role, assumed with the credentials of another source.
    case role(AssumedRole, using: CredentialSource)
    /// A role, assumed with a token that something else keeps fresh in a file.
    case webIdentity(AssumedRole, tokenFile: String)
    /// The container agent of ECS, EKS or Greengrass.
    case container(url: String)
    /// The metadata service of EC2.
    case instanceMetadata

    /// What a role's session is made of.
    struct AssumedRole: Sendable, Equatable {
        var roleARN: String
        var sessionName: String?
        var externalID: String?
        var durationSeconds: Int64?
    }
}
