# Three of grantgate's rules in Rego, on the same `pulumi stack export`: AGL-03 (without deny), AGL-11 and AGL-04.
package grantgate

accounts := {"111122223333": "data-prod", "444455556666": "data-dev"}

locations := {"pulumi-python:dynamic/grantgate:AccessGrantsLocation"}

# The scope lies below the folder of one team, in a bucket of the location's own account.
deny contains {"rule": "location-scope-allowed", "urn": resource.urn} if {
	some resource in input.deployment.resources
	resource.type in locations
	not team_of_scope(resource.outputs)
}

# The role lies under the reserved path of the same account, and is the same team's where the scope names one.
deny contains {"rule": "location-role-allowed", "urn": resource.urn} if {
	some resource in input.deployment.resources
	resource.type in locations
	not role_fits(resource.outputs)
}

# The prefix ends where a folder ends.
deny contains {"rule": "location-prefix-delimited", "urn": resource.urn} if {
	some resource in input.deployment.resources
	resource.type in locations
	prefix := trim_suffix(key_of(resource.outputs.locationScope), "*")
	prefix != ""
	not endswith(prefix, "/")
}

key_of(scope) := concat("/", array.slice(parts, 1, count(parts))) if {
	parts := split(trim_prefix(scope, "s3://"), "/")
}

team_of_scope(location) := team if {
	parts := split(trim_prefix(location.locationScope, "s3://"), "/")
	count(parts) > 2
	startswith(parts[0], sprintf("acme-%s-", [accounts[location.accountId]]))
	team := parts[1]
	team != ""
}

role_fits(location) if {
	startswith(location.iamRoleArn, sprintf("%s%s-", [reserved(location), team_of_scope(location)]))
}

role_fits(location) if {
	not team_of_scope(location)
	startswith(location.iamRoleArn, reserved(location))
	contains(trim_prefix(location.iamRoleArn, reserved(location)), "-")
}

reserved(location) := sprintf("arn:aws:iam::%s:role/access-grants/", [location.accountId])
