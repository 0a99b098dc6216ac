module storefront.example/tool

go 1.21

require github.com/acme/lint v1.0.0
