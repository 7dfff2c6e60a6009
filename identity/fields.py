"""What a column can say of a person: the types of fields, and the names people give them.

A column is understood by its type alone, never by its name or the file it stands in. The names here
only spare the one who maps from saying what speaks for itself.
"""

import re
from collections.abc import Iterable, Mapping

GIVEN_NAME, MIDDLE_NAME, FAMILY_NAME, FULL_NAME, NAME_SUFFIX = (
    "given_name",
    "middle_name",
    "family_name",
    "full_name",
    "name_suffix",
)
BIRTH_DATE, BIRTH_YEAR, BIRTH_MONTH, BIRTH_DAY, BIRTH_PLACE = (
    "birth_date",
    "birth_year",
    "birth_month",
    "birth_day",
    "birth_place",
)
EMAIL, PHONE, SEX, COMPANY, CATEGORY = "email", "phone", "sex", "company", "category"
ADDRESS, STREET, HOUSE_NUMBER, UNIT, POSTCODE, CITY, REGION, COUNTRY = (
    "address",
    "street",
    "house_number",
    "unit",
    "postcode",
    "city",
    "region",
    "country",
)
PAPERS = ("national_id", "passport", "drivers_license", "tax_id")
NUMBERS = ("customer_id", "login_id", "external_id")
DEVICE_ID = "device_id"

_NAMES: Mapping[str, str] = {
    GIVEN_NAME: "given givenname firstname first forename fname fn namefirst primarynamefirst"
    " christianname vorname prenom",
    MIDDLE_NAME: "middle middlename middleinitial middleinit mi mname namemiddle"
    " primarynamemiddle secondname",
    FAMILY_NAME: "family familyname lastname last surname lname sname sn namelast primarynamelast"
    " nachname nomdefamille",
    FULL_NAME: "full fullname name personname customername contactname namefull primarynamefull",
    NAME_SUFFIX: "suffix namesuffix generation",
    BIRTH_DATE: "dob birthdate dateofbirth birthday born birth birthdt geburtsdatum",
    BIRTH_YEAR: "birthyear yearofbirth yob by dobyear",
    BIRTH_MONTH: "birthmonth monthofbirth mob bm dobmonth dobmon",
    BIRTH_DAY: "dayofbirth bd dobday birthdayofmonth",
    BIRTH_PLACE: "birthplace placeofbirth pob cityofbirth",
    EMAIL: "email emailaddress mail emailaddr mailaddress",
    PHONE: "phone phonenumber telephone tel mobile cell mobilephone cellphone phoneno msisdn",
    SEX: "sex gender",
    COMPANY: "company companyname organisation organization org orgname primarynameorg employer"
    " business firm",
    CATEGORY: "category attribute occupation profession jobtitle",
    ADDRESS: "address fulladdress addressfull addrfull postaladdress addr",
    STREET: "street streetname streetaddress address1 addressline1 addrline1 addr1 line1",
    HOUSE_NUMBER: "housenumber streetnumber houseno streetno number hausnummer",
    UNIT: "unit unitnumber apartment apt flat suite",
    POSTCODE: "postcode zip zipcode postalcode plz postcodefake addrpostalcode pc",
    CITY: "city town suburb locality place ort addrcity",
    REGION: "region state province county addrstate",
    COUNTRY: "country countrycode addrcountry",
    PAPERS[0]: "nationalid nationalidnumber ssn socsecid ssnnumber socialsecurity"
    " socialsecuritynumber nin nhsnumber",
    PAPERS[1]: "passport passportnumber passportno",
    PAPERS[2]: "driverslicense driverslicensenumber drivinglicence licensenumber",
    PAPERS[3]: "taxid taxidnumber vatnumber tin",
    NUMBERS[0]: "customerid customernumber customerno custid accountid accountnumber",
    NUMBERS[1]: "loginid login username userid",
    NUMBERS[2]: "externalid",
    DEVICE_ID: "deviceid cookie cookieid anonymousid visitorid deviceuuid",
}
FIELDS = tuple(_NAMES)
"""Every type of field."""

_BY_NAME = {name: type_ for type_, names in _NAMES.items() for name in names.split()}
_BY_NAME |= {type_.replace("_", ""): type_ for type_ in FIELDS}
_GUESSED_NEVER = frozenset({CATEGORY})
"""Types that a name alone does not speak for: they are used when somebody asks for them."""

KEY_NAMES = ("recordid", "uniqueid", "recid", "rowid", "id", "key")
"""Names of the column that numbers the records, best first."""


def field_type(word: str) -> str | None:
    """The type that a person means by a word, `given` or `Date of birth`; None if none is."""
    return _BY_NAME.get(_bare(word))


def guess(names: Iterable[str]) -> dict[str, str]:
    """The types of columns whose names speak for themselves, by column."""
    told = ((name, field_type(name)) for name in names)
    return {name: type_ for name, type_ in told if type_ and type_ not in _GUESSED_NEVER}


def guess_key(names: Iterable[str]) -> str | None:
    """The column that numbers the records; None if no name says so."""
    bare = {_bare(name): name for name in names}
    return next((bare[name] for name in KEY_NAMES if name in bare), None)


def _bare(word: str) -> str:
    return re.sub(r"[^a-z0-9]", "", word.lower())
