/// What the permissions of FIS can be limited to.
extension PolicyResources {
    private static let experiment = Kind(targets: ["fis:experiment"], service: "fis") { "experiment/\($0)" }
    // An experiment is started from a template, and both are in the permission; the new one has no id yet.
    private static let newExperiment = Kind(targets: [], service: "fis") { "experiment/\($0)" }
    private static let template = Kind(targets: [], service: "fis") { "experiment-template/\($0)" }
    private static let action = Kind(targets: [], service: "fis") { "action/\($0)" }

    static let fis: [String: [Kind]] = [
        "fis:GetExperimentTemplate": [template], "fis:CreateExperimentTemplate": [template, action],
        "fis:DeleteExperimentTemplate": [template], "fis:StartExperiment": [template, newExperiment],
        "fis:GetExperiment": [experiment], "fis:StopExperiment": [experiment],
        "fis:ListExperimentResolvedTargets": [experiment],
    ]
}
