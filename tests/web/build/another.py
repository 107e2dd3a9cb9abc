"""A made-up kelurahan that shares no word and no number with the one of the example."""

OTHER = """
name = "Lengkong Maju"
title = "Desa Lengkong Maju"
kecamatan = "Sukamulya"
kota = "Kabupaten Contoh"
provinsi = "Provinsi Uji"
code = "91.01.02.2003"
bps_code = "9101020003"
nik_prefixes = ["910102"]
postcode = "98765"
residents = 1234
households = 345
rws = ["01", "02"]
ticket_prefix = "CT"
[contact]
office = "Balai Desa Lengkong Maju"
hours = "Selasa dan Kamis"
phone = "0800 1234 567"
email = "balai@lengkong.example"
[site]
base_url = "https://lengkong.example"
"""
