"""Every rule, in the order in which they are judged: captures flow from the scope's rules to the role's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from grantgate_policies.rules import (
    agi02_instance_owner,
    agl01_not_default,
    agl02_scope_valid,
    agl03_scope_allowed,
    agl04_prefix_delimited,
    agl05_prefix_template,
    agl09_account_allowed,
    agl10_role_valid,
    agl11_role_allowed,
    agl12_role_not_denied,
    asy01_operation_succeeded,
    lkp01_lookup_performed,
)

if TYPE_CHECKING:
    from grantgate_policies.core import Rule

RULES: Final[tuple[Rule, ...]] = (
    agl01_not_default.RULE,
    agl02_scope_valid.RULE,
    agl03_scope_allowed.RULE,
    agl04_prefix_delimited.RULE,
    agl05_prefix_template.RULE,
    agl09_account_allowed.RULE,
    agl10_role_valid.RULE,
    agl11_role_allowed.RULE,
    agl12_role_not_denied.RULE,
    agi02_instance_owner.RULE,
    asy01_operation_succeeded.RULE,
    lkp01_lookup_performed.RULE,
)
