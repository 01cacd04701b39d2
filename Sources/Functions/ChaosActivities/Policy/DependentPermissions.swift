/// Permissions that AWS asks for beside that of the operation itself.
///
/// A role that is passed only when an argument names one is not in it: `events:PutRule`, `events:PutTargets` and
/// `ecs:CreateService` then need `iam:PassRole` on that role. Source: "Dependent actions" and the notes on tags in
/// AWS's service authorization reference.
enum DependentPermissions {
    private static let all: [String: [String]] = [
        "ecs:CreateCluster": ["ecs:TagResource"],
        "ecs:CreateService": ["ecs:TagResource"],
        "eks:CreateCluster": ["iam:PassRole"],
        "elasticloadbalancing:CreateRule": ["elasticloadbalancing:AddTags"],
        "events:PutRule": ["events:TagResource"],
        "fis:CreateExperimentTemplate": ["fis:TagResource", "iam:PassRole"],
        "fis:StartExperiment": ["fis:TagResource"],
        "iam:AddRoleToInstanceProfile": ["iam:PassRole"],
        "iam:CreatePolicy": ["iam:TagPolicy"],
        "iam:CreateRole": ["iam:TagRole"],
        "lambda:CreateEventSourceMapping": ["lambda:TagResource"],
        "lambda:UpdateFunctionConfiguration": ["lambda:GetLayerVersion"],
        "route53:AssociateVPCWithHostedZone": ["ec2:DescribeVpcs"],
        // Without it S3 answers that access is denied where an object is missing.
        "s3:GetObject": ["s3:ListBucket"],
        "ssm:PutParameter": ["ssm:AddTagsToResource"],
    ]

    /// The actions with those that they depend on.
    static func added(to actions: [String]) -> [String] { actions + actions.flatMap { all[$0] ?? [] } }
}
