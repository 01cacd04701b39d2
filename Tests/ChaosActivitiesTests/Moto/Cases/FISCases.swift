import JSON

extension MotoTests.ChaosawsTests {
    /// The native activity marks what it makes by a tag; what is made has a new id.
    private static let marked: Set<String> = ["tags", "id", "arn", "experimentTemplateId"]

    private static let podDelete: JSONObject = [
        "label_selector": "app=web", "tags": "team=shop", "role_arn": "arn:aws:iam::123456789012:role/fis",
        "log_group_arn": "arn:aws:logs:eu-central-1:123456789012:log-group:fis", "cluster_identifier": "shop",
    ]

    private static let zone: JSONObject = [
        "az": "eu-central-1a", "tags": ["team": "shop"], "role_arn": "arn:aws:iam::123456789012:role/fis",
        // chaosaws names an action that FIS has renamed.
        "target_easticache_cluster": false,
    ]

    private static let fault: JSONValue = ["error": "ConflictException", "message": "not now", "status": 409]

    static let fis: [Case] = fisExperiments + fisScenarios

    private static let fisExperiments: [Case] = [
        Case("fis", "fis.actions.start_experiment", ["experiment_template_id": "<stop>"], except: marked),
        Case(
            "fis", "fis.actions.start_experiment",
            ["experiment_template_id": "<stop>", "client_token": "once", "tags": "a=b,c=d=e"], except: marked),
        Case(
            "fis", "fis.actions.start_experiment", ["experiment_template_id": "<stop>", "tags": ["a": "b"]],
            except: marked),
        Case("fis", "fis.actions.start_experiment", ["experiment_template_id": ""]),
        Case("fis", "fis.actions.start_experiment", ["experiment_template_id": "EXTnone"]),
        Case(
            "fis", "fis.actions.start_experiment", ["experiment_template_id": "<stop>"],
            script: ["fis:StartExperiment": [fault]], except: marked),
        Case("fis", "fis.actions.stop_experiment", ["experiment_id": "<web>"]),
        Case("fis", "fis.actions.stop_experiment", ["experiment_id": ""]),
        Case("fis", "fis.actions.stop_experiment", ["experiment_id": "EXPnone"]),
        Case(
            "fis", "fis.actions.stop_experiment", ["experiment_id": "<web>"],
            script: ["fis:StopExperiment": [fault]]),
        Case("fis", "fis.actions.stop_experiments_by_tags", ["tags": ["team": "shop"]]),
        Case("fis", "fis.actions.stop_experiments_by_tags", ["tags": "team=shop,tier=db", "delete_templates": true]),
        Case("fis", "fis.actions.stop_experiments_by_tags", ["tags": ["team": "nobody"], "delete_templates": true]),
        Case(
            "fis", "fis.actions.stop_experiments_by_tags", ["tags": ["team": "shop"]],
            script: ["fis:ListExperiments": [fault]]),
        Case("fis", "fis.probes.get_experiment", ["experiment_id": "<web>"]),
        Case("fis", "fis.probes.get_experiment", ["experiment_id": ""]),
        Case("fis", "fis.probes.get_experiment", ["experiment_id": "EXPnone"]),
    ]

    private static let fisScenarios: [Case] = [
        Case("fis", "fis.actions.start_stress_pod_delete_scenario", .object(podDelete), except: marked),
        Case(
            "fis", "fis.actions.start_stress_pod_delete_scenario", .object(podDelete),
            script: ["fis:CreateExperimentTemplate": [fault]], except: marked),
        Case(
            "fis", "fis.actions.start_stress_pod_delete_scenario", .object(podDelete),
            script: ["fis:StartExperiment": [fault]], except: marked),
        Case(
            "fis", "fis.actions.start_availability_zone_power_interruption_scenario", .object(zone), except: marked),
        Case(
            "fis", "fis.actions.start_availability_zone_power_interruption_scenario",
            .object(
                zone.merging([
                    "target_iam_roles": true, "iam_roles": ["arn:aws:iam::123456789012:role/web"],
                    "target_ebs_volumes": false, "target_ec2_instances": false, "duration": "PT5M",
                    "log_group_arn": "arn:aws:logs:eu-central-1:123456789012:log-group:fis", "client_token": "once",
                ])), except: marked),
        Case(
            "fis", "fis.actions.start_availability_zone_power_interruption_scenario",
            .object(zone.merging(["role_arn": ""])), except: marked),
        Case(
            "fis", "fis.actions.restore_availability_zone_power_after_interruption",
            ["tags": "tier=web", "delete_roles_and_policies": false]),
        Case(
            "fis", "fis.actions.restore_availability_zone_power_after_interruption",
            ["delete_roles_and_policies": false]),
    ]
}

extension JSONObject {
    fileprivate func merging(_ others: JSONObject) -> JSONObject {
        var merged = self
        for (name, value) in others { merged[name] = value }
        return merged
    }
}
